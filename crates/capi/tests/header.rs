//! The C headers, judged by the compilers of this machine: numbers, layouts, symbols, spellings.
//!
//! A compiler that is not there is named and left out; `cc` must be there.

#[path = "header/compiler.rs"]
mod compiler;

use compiler::{Compiler, Wide, native, temporary};
use std::fmt::Write as _;
use winhttp_abi::{catalogue, function};

const MODES: [Wide; 3] = [Wide::Native, Wide::Wchar16, Wide::Short];

#[test]
fn numbers_and_layouts_hold_in_every_mode() {
    let source = compiler::c_file("abi_assert.c");
    for compiler in native() {
        for mode in MODES {
            // -fshort-wchar breaks the C++ library, so C++ has the other two modes.
            if mode == Wide::Short && compiler.is_cxx() {
                continue;
            }
            let bits = format!("-DEXPECTED_WCHAR_BITS={}", mode.bits());
            compiler.accepts(&source, mode, &[&bits, "-Wpedantic"]);
        }
    }
}

#[test]
fn numbers_and_layouts_hold_on_other_machines() {
    let source = compiler::c_file("abi_assert.c");
    let Some(clang) = Compiler::find("clang", false) else { return };
    // 32 bit, where packing shows, with 8-byte members aligned to 4 and to 8; both of macOS.
    for target in ["i686-linux-gnu", "armv7-linux-gnueabihf", "aarch64-linux-gnu", "arm64-apple-macos13"] {
        let target = format!("--target={target}");
        clang.accepts(&source, Wide::Native, &[&target, "-ffreestanding"]);
        clang.accepts(&source, Wide::Wchar16, &[&target, "-ffreestanding"]);
    }
}

#[test]
fn numbers_and_layouts_are_those_of_mingw() {
    let source = compiler::c_file("abi_assert.c");
    for name in ["x86_64-w64-mingw32-gcc", "i686-w64-mingw32-gcc"] {
        let Some(mingw) = Compiler::find(name, false) else { continue };
        mingw.accepts_bare(&source, &["-std=gnu11", "-D_WIN32_WINNT=0x0A00"]);
    }
}

#[test]
fn constants_of_the_header_are_those_of_the_tables() {
    let mut text = String::from("#include <winhttp.h>\n");
    text += "#ifdef __cplusplus\n#define SURE static_assert\n#else\n#define SURE _Static_assert\n#endif\n";
    for (name, value) in catalogue::all() {
        let _ = writeln!(text, "SURE((unsigned)({name}) == {value}u, \"{name}\");");
    }
    let source = temporary("constants.c", &text);
    for compiler in native() {
        // The tables hold the numbers for 16-bit text; one of them, a buffer's size, grows with WCHAR.
        compiler.accepts(&source, Wide::Wchar16, &[]);
    }
}

#[test]
fn a_wrong_number_does_not_compile() {
    let text = "#include <winhttp.h>\n\
        #ifdef __cplusplus\n#define SURE static_assert\n#else\n#define SURE _Static_assert\n#endif\n\
        SURE(API_SEND_REQUEST == 6, \"wrong on purpose\");\n";
    let source = temporary("wrong_number.c", text);
    for compiler in native() {
        compiler.refuses(&source, Wide::Native, &[], "wrong on purpose");
    }
}

#[test]
fn text_of_the_wrong_width_does_not_compile() {
    let call = |prefix: &str| {
        format!(
            "#include <winhttp.h>\nHINTERNET f(void);\nHINTERNET f(void) {{ return WinHttpOpen({prefix}\"x\", 0, 0, 0, 0); }}\n"
        )
    };
    let narrow = temporary("text16.c", &call("u"));
    let wide = temporary("text_native.c", &call("L"));
    let late = temporary("late.c", "#include <winhttp.h>\n#define WINHTTP_WCHAR16\n#include <winhttp.h>\n");
    for compiler in native() {
        compiler.accepts(&wide, Wide::Native, &[]);
        compiler.accepts(&narrow, Wide::Wchar16, &[]);
        compiler.refuses(&narrow, Wide::Native, &[], "");
        compiler.refuses(&wide, Wide::Wchar16, &[], "");
        compiler.refuses(&late, Wide::Native, &[], "WINHTTP_WCHAR16 must be defined before");
        if !compiler.is_cxx() {
            compiler.accepts(&wide, Wide::Short, &[]);
        }
    }
}

#[test]
fn functions_bind_to_the_symbols_of_their_door() {
    let mut text =
        String::from("#include <winhttp.h>\ntypedef void (*any)(void);\nextern any all[];\nany all[] = {\n");
    for row in function::TABLE {
        let _ = writeln!(text, "    (any){},", row.name);
    }
    text += "};\n";
    let source = temporary("symbols.c", &text);
    let mut targets = vec![("", vec![])];
    if Compiler::find("clang", false).is_some() {
        targets.push(("_", vec!["--target=arm64-apple-macos13", "-ffreestanding"]));
    }
    for compiler in native() {
        for (prefix, flags) in &targets {
            if !prefix.is_empty() && (compiler.is_cxx() || !compiler.is_clang()) {
                continue;
            }
            let wide = compiler.assembly(&source, Wide::Native, flags);
            let narrow = compiler.assembly(&source, Wide::Wchar16, flags);
            let has = |text: &str, symbol: &str| {
                text.split(|at: char| !at.is_ascii_alphanumeric() && at != '_').any(|word| word == symbol)
            };
            for row in function::TABLE {
                let plain = format!("{prefix}{}", row.name);
                assert!(has(&narrow, &plain), "{plain} is not used for 16-bit text");
                assert!(!has(&narrow, &format!("{plain}_w32")), "{plain}_w32 is used for 16-bit text");
                let symbol = format!("{prefix}{}", row.wide_symbol.unwrap_or(row.name));
                assert!(has(&wide, &symbol), "{symbol} is not used for 32-bit text");
            }
        }
    }
}

#[test]
fn winhttp_h_stands_alone() {
    let alone = temporary("alone.c", "#include <winhttp.h>\n#include <winhttp.h>\n");
    // Programs that bring their own names, here with other widths on purpose.
    let own = "typedef unsigned long DWORD;\ntypedef signed char BOOL;\ntypedef struct _GUID { int a; } GUID;\n\
        #define WINHTTP_NO_WINDOWS_TYPES\n#include <winhttp.h>\nDWORD own(WINHTTP_DWORD a);\n\
        DWORD own(WINHTTP_DWORD a) { return a; }\n";
    let own = temporary("own_types.c", own);
    for compiler in native() {
        for mode in [Wide::Native, Wide::Wchar16] {
            compiler.accepts(&alone, mode, &["-Wpedantic"]);
            compiler.accepts(&own, mode, &["-Wpedantic"]);
        }
    }
}

#[test]
fn every_spelling_of_every_header_compiles_first_and_alone() {
    let mut seen = std::collections::BTreeSet::new();
    for name in compiler::compat_headers() {
        // Twice, and before the standard library: the names it uses must not be taken away.
        let c = format!("#include <{name}>\n#include <{name}>\n#include <winhttp.h>\n#include <stdlib.h>\n");
        let cxx = format!(
            "{c}#include <algorithm>\n#include <map>\n#include <mutex>\n#include <string>\n#include <thread>\n"
        );
        let stem = name.replace('.', "_");
        let c = temporary(&format!("spelling_{stem}.c"), &c);
        let cxx = temporary(&format!("spelling_{stem}.cpp"), &cxx);
        // Another spelling of a text that was compiled is only looked at once more.
        let again = !seen.insert(compiler::compat_text(&name));
        for compiler in native() {
            if again && compiler.name() != "cc" {
                continue;
            }
            let source = if compiler.is_cxx() { &cxx } else { &c };
            compiler.accepts(source, Wide::Native, &["-Wpedantic"]);
            if !again {
                compiler.accepts(source, Wide::Wchar16, &["-Wpedantic", "-DUNICODE"]);
            }
        }
    }
}

#[test]
fn spellings_that_differ_in_case_hold_the_same_text() {
    let names = compiler::compat_headers();
    for one in &names {
        for other in names.iter().filter(|other| other.eq_ignore_ascii_case(one)) {
            assert_eq!(compiler::compat_text(one), compiler::compat_text(other), "{one} and {other}");
        }
    }
    for needed in
        ["windows.h", "Windows.h", "WinHttp.h", "Winhttp.h", "winsock2.h", "ws2tcpip.h", "wincrypt.h"]
    {
        assert!(names.iter().any(|name| name == needed), "{needed}");
    }
}

#[test]
fn the_compatibility_headers_work() {
    let source = compiler::c_file("compat_check.c");
    for compiler in native() {
        for mode in [Wide::Native, Wide::Wchar16] {
            let program = compiler.program(&source, mode, &["-lpthread"]);
            let output = std::process::Command::new(&program).output().expect("the program runs");
            std::fs::remove_file(&program).expect("the program can be removed");
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{} as {mode:?}: {said}", compiler.name());
        }
    }
}
