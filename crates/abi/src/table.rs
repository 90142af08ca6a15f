//! The row every family shares, and the macro that makes a constant and its row from one line.

/// One public number: its C name and value. Rows keep numeric order inside their table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Constant {
    /// The C name, as in `winhttp.h`.
    pub name: &'static str,
    /// The value, widened.
    pub value: u64,
    /// What it means, in a phrase.
    pub meaning: &'static str,
}

/// The name of the first row with this value.
pub(crate) fn name(table: &[Constant], value: u64) -> Option<&'static str> {
    table.iter().find(|row| row.value == value).map(|row| row.name)
}

/// The rows that are single bits of `bits`.
pub(crate) fn names(table: &'static [Constant], bits: u64) -> Names {
    Names { rows: table.iter(), bits }
}

/// The C names of the bits set in a value, in the order of the table, each bit once.
#[derive(Clone, Debug)]
pub struct Names {
    rows: core::slice::Iter<'static, Constant>,
    bits: u64,
}

impl Names {
    /// The bits that no row has named so far; after the last name, those without a name.
    pub fn unnamed(&self) -> u64 {
        self.bits
    }
}

impl Iterator for Names {
    type Item = &'static str;

    fn next(&mut self) -> Option<&'static str> {
        let bits = self.bits;
        let row = self.rows.find(|row| row.value.is_power_of_two() && bits & row.value != 0)?;
        // An alias of a bit that was already named finds it gone.
        self.bits &= !row.value;
        Some(row.name)
    }
}

/// Declares the constants of one family and the table of their rows.
macro_rules! constants {
    (
        $(#[$doc:meta])*
        pub $table:ident: $type:ty;
        $($name:ident = $value:expr, $meaning:literal;)*
    ) => {
        $(
            #[doc = $meaning]
            pub const $name: $type = $value;
        )*

        $(#[$doc])*
        pub const $table: &[$crate::table::Constant] = &[
            $($crate::table::Constant { name: stringify!($name), value: $name as u64, meaning: $meaning },)*
        ];
    };
}
pub(crate) use constants;
