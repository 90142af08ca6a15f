//! URLs taken apart and put together.

use std::ops::Range;

use winhttp_abi as abi;
use winhttp_abi::URL_COMPONENTS;
use winhttp_engine::Error;
use winhttp_proto::http::url::{self, CreateParts, crack};
use winhttp_proto::unit::Unit;

use crate::door::Bool;
use crate::raise;

exports! {
    /// Takes a URL apart. What each pointer and length of the components asks for: see the contract.
    Bool, [WinHttpCrackUrl WinHttpCrackUrl_w32] (
        text: *const U, length: u32, flags: u32, components: *mut URL_COMPONENTS<U>
    ) => crack_url::<U>;

    /// Puts a URL together. The length counts units.
    Bool, [WinHttpCreateUrl WinHttpCreateUrl_w32] (
        components: *const URL_COMPONENTS<U>, flags: u32, text: *mut U, length: *mut u32
    ) => create_url::<U>;
}

/// What the caller wants of one component.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wish {
    /// NULL and 0: nothing.
    Nothing,
    /// NULL and a length: a pointer into the URL.
    Pointer,
    /// A buffer of so many units.
    Copy(usize),
}

/// One component's two fields.
struct Field<'a, U> {
    text: &'a mut *mut U,
    length: &'a mut u32,
}

impl<U: Unit> Field<'_, U> {
    /// contract: api-behaviour section 2, the modes; a buffer of no length is refused
    fn wish(&self) -> Result<Wish, Error> {
        match (self.text.is_null(), *self.length) {
            (true, 0) => Ok(Wish::Nothing),
            (true, _) => Ok(Wish::Pointer),
            (false, 0) => Err(Error::INVALID_PARAMETER),
            (false, room) => Ok(Wish::Copy(room as usize)),
        }
    }

    /// Gives the component out; false when its buffer is too small.
    ///
    /// # Safety
    /// A buffer is valid for as many units as its length says; `whole` is the text that the caller gave.
    unsafe fn give(&mut self, wish: Wish, whole: &[U], part: Option<Range<usize>>, own: &[U]) -> bool {
        match wish {
            Wish::Nothing => true,
            Wish::Pointer => {
                *self.text = part.as_ref().map_or(std::ptr::null_mut(), |part| {
                    whole[part.start.min(whole.len())..].as_ptr().cast_mut()
                });
                *self.length = part.map_or(0, |part| part.len() as u32);
                true
            }
            Wish::Copy(room) if own.len() < room => {
                // SAFETY: the buffer has room for the text and a NUL, by the caller's promise.
                unsafe { std::ptr::copy_nonoverlapping(own.as_ptr(), *self.text, own.len()) };
                // SAFETY: as above, the NUL is the last unit that fits.
                let end = unsafe { self.text.add(own.len()) };
                // SAFETY: as above.
                unsafe { end.write(U::default()) };
                *self.length = own.len() as u32;
                true
            }
            Wish::Copy(_) => {
                *self.length = own.len() as u32 + 1;
                false
            }
        }
    }
}

unsafe fn crack_url<U: Unit>(
    text: *const U,
    length: u32,
    flags: u32,
    components: *mut URL_COMPONENTS<U>,
) -> Result<(), Error> {
    let length = if length == 0 { u32::MAX } else { length };
    // SAFETY: the caller's promise for the URL.
    let whole = unsafe { raise::counted(text, length) }.ok_or(Error::INVALID_PARAMETER)?;
    // SAFETY: the caller's promise for the components: null, or valid and its own.
    let parts = unsafe { components.as_mut() }.ok_or(Error::INVALID_PARAMETER)?;
    if parts.dwStructSize as usize != size_of::<URL_COMPONENTS<U>>() {
        return Err(Error::INVALID_PARAMETER);
    }
    // A URL with a length may still end earlier.
    let end = whole.iter().position(|unit| *unit == U::default()).unwrap_or(whole.len());
    let whole = &whole[..end];
    let rewritten = flags & (abi::ICU_DECODE | abi::ICU_ESCAPE) != 0;

    let mut fields = [
        Field { text: &mut parts.lpszScheme, length: &mut parts.dwSchemeLength },
        Field { text: &mut parts.lpszHostName, length: &mut parts.dwHostNameLength },
        Field { text: &mut parts.lpszUserName, length: &mut parts.dwUserNameLength },
        Field { text: &mut parts.lpszPassword, length: &mut parts.dwPasswordLength },
        Field { text: &mut parts.lpszUrlPath, length: &mut parts.dwUrlPathLength },
        Field { text: &mut parts.lpszExtraInfo, length: &mut parts.dwExtraInfoLength },
    ];
    let mut wishes = [Wish::Nothing; 6];
    for (wish, field) in wishes.iter_mut().zip(&fields) {
        *wish = field.wish()?;
        // contract: api-behaviour section 2, rewritten text has no place in the URL that a pointer could aim at
        if rewritten && *wish == Wish::Pointer {
            return Err(Error::INVALID_PARAMETER);
        }
    }
    let cracked = crack(whole).map_err(Error)?;
    cracked.check_credentials(flags).map_err(Error)?;
    // contract: api-behaviour section 2, without a wish for it the extra part joins the path
    let (path, extra) = match wishes[5] {
        Wish::Nothing => (cracked.path_and_extra(), None),
        _ => (cracked.path.clone(), Some(cracked.extra.clone())),
    };
    let ranges = [
        (Some(cracked.scheme.clone()), false),
        (Some(cracked.host.clone()), false),
        (cracked.user.clone(), true),
        (cracked.password.clone(), true),
        (Some(path), true),
        (extra, true),
    ];
    let mut fits = true;
    let mut rewrite = Vec::new();
    for ((field, wish), (range, changes)) in fields.iter_mut().zip(wishes).zip(ranges) {
        let plain = range.clone().and_then(|range| whole.get(range)).unwrap_or_default();
        rewrite.clear();
        let own = if changes && rewritten {
            url::component(plain, flags, &mut rewrite);
            &rewrite
        } else {
            plain
        };
        // SAFETY: the caller's promise for the buffers.
        fits &= unsafe { field.give(wish, whole, range, own) };
    }
    parts.nScheme = cracked.kind as abi::INTERNET_SCHEME;
    parts.nPort = cracked.port;
    if fits { Ok(()) } else { Err(Error(abi::ERROR_INSUFFICIENT_BUFFER)) }
}

/// A component of WinHttpCreateUrl: NULL is none, length 0 beside text is empty text.
///
/// # Safety
/// `text` is null or valid for `length` units.
unsafe fn component<'a, U: Unit>(text: *const U, length: u32) -> Option<&'a [U]> {
    // SAFETY: the caller's promise.
    unsafe { raise::counted(text, length) }
}

unsafe fn create_url<U: Unit>(
    components: *const URL_COMPONENTS<U>,
    flags: u32,
    text: *mut U,
    length: *mut u32,
) -> Result<(), Error> {
    // SAFETY: the caller's promise for the components: null or valid.
    let given = unsafe { components.as_ref() }.ok_or(Error::INVALID_PARAMETER)?;
    if given.dwStructSize as usize != size_of::<URL_COMPONENTS<U>>() || length.is_null() {
        return Err(Error::INVALID_PARAMETER);
    }
    let part = |text: *mut U, length: u32| {
        // SAFETY: the caller's promise for each of the components.
        unsafe { component(text.cast_const(), length) }
    };
    let parts = CreateParts {
        scheme: part(given.lpszScheme, given.dwSchemeLength),
        kind: given.nScheme,
        user: part(given.lpszUserName, given.dwUserNameLength),
        password: part(given.lpszPassword, given.dwPasswordLength),
        host: part(given.lpszHostName, given.dwHostNameLength),
        port: given.nPort,
        path: part(given.lpszUrlPath, given.dwUrlPathLength),
        extra: part(given.lpszExtraInfo, given.dwExtraInfoLength),
    };
    let mut url = Vec::new();
    url::create(&parts, flags, &mut url).map_err(Error)?;
    // SAFETY: not null, and the caller vouches for the rest.
    let room = unsafe { length.read_unaligned() } as usize;
    let units = u32::try_from(url.len()).map_err(|_| Error::INVALID_PARAMETER)?;
    if room <= url.len() {
        // SAFETY: as above. The NUL is counted here and not on success (contract: api-behaviour section 1).
        unsafe { length.write_unaligned(units.saturating_add(1)) };
        return Err(Error(abi::ERROR_INSUFFICIENT_BUFFER));
    }
    // contract: api-behaviour section 1, no buffer is an error of its own when the length would suffice
    if text.is_null() {
        return Err(Error::INVALID_PARAMETER);
    }
    url.push(U::default());
    // SAFETY: the buffer has room for the text and its NUL, by the caller's promise.
    unsafe { std::ptr::copy_nonoverlapping(url.as_ptr(), text, url.len()) };
    // SAFETY: as above.
    unsafe { length.write_unaligned(units) };
    Ok(())
}
