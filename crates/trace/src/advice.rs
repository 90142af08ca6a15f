//! Exit codes, and what a failure's message tells a person to do.
use winhttp_abi::{
    ERROR_INVALID_PARAMETER, ERROR_WINHTTP_CANNOT_CONNECT, ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED,
    ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED_PROXY, ERROR_WINHTTP_CONNECTION_ERROR,
    ERROR_WINHTTP_INVALID_HEADER, ERROR_WINHTTP_INVALID_SERVER_RESPONSE, ERROR_WINHTTP_NAME_NOT_RESOLVED,
    ERROR_WINHTTP_REDIRECT_FAILED, ERROR_WINHTTP_SECURE_CERT_CN_INVALID,
    ERROR_WINHTTP_SECURE_CERT_DATE_INVALID, ERROR_WINHTTP_SECURE_CERT_REV_FAILED,
    ERROR_WINHTTP_SECURE_CERT_REVOKED, ERROR_WINHTTP_SECURE_CERT_WRONG_USAGE,
    ERROR_WINHTTP_SECURE_CHANNEL_ERROR, ERROR_WINHTTP_SECURE_FAILURE, ERROR_WINHTTP_SECURE_FAILURE_PROXY,
    ERROR_WINHTTP_SECURE_INVALID_CA, ERROR_WINHTTP_SECURE_INVALID_CERT, ERROR_WINHTTP_TIMEOUT,
    WINHTTP_CALLBACK_STATUS_FLAG_CERT_REV_FAILED, WINHTTP_CALLBACK_STATUS_FLAG_CERT_REVOKED, error,
};

use crate::info::{error_name, fault_names};
use crate::record::Failure;

/// How the process ends. The numbers are part of `--help` and do not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// An answer came.
    Success = 0,
    /// An answer of 400 or more came, and `--fail` asked for this.
    HttpError = 1,
    /// The command line cannot be understood.
    Usage = 2,
    /// The host's name could not be resolved.
    NotResolved = 3,
    /// No connection could be made.
    CannotConnect = 4,
    /// A time-out.
    Timeout = 5,
    /// TLS or a certificate.
    Tls = 6,
    /// Any other error of the library.
    Other = 7,
    /// A local file.
    File = 8,
}

/// The exit code of an error of the library.
pub(crate) fn exit(error: u32) -> Exit {
    match error {
        ERROR_WINHTTP_NAME_NOT_RESOLVED => Exit::NotResolved,
        ERROR_WINHTTP_CANNOT_CONNECT => Exit::CannotConnect,
        ERROR_WINHTTP_TIMEOUT => Exit::Timeout,
        ERROR_WINHTTP_SECURE_FAILURE
        | ERROR_WINHTTP_SECURE_FAILURE_PROXY
        | ERROR_WINHTTP_SECURE_CHANNEL_ERROR
        | ERROR_WINHTTP_SECURE_INVALID_CA
        | ERROR_WINHTTP_SECURE_INVALID_CERT
        | ERROR_WINHTTP_SECURE_CERT_CN_INVALID
        | ERROR_WINHTTP_SECURE_CERT_DATE_INVALID
        | ERROR_WINHTTP_SECURE_CERT_REVOKED
        | ERROR_WINHTTP_SECURE_CERT_REV_FAILED
        | ERROR_WINHTTP_SECURE_CERT_WRONG_USAGE
        | ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED
        | ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED_PROXY => Exit::Tls,
        _ => Exit::Other,
    }
}

/// What failed, why, and what can be done. `server` is host and port.
pub(crate) fn message(failure: &Failure, server: &str) -> String {
    let why = error::text(failure.error).unwrap_or("The library has no text for this error.");
    let mut text = format!("{}: {}. {why}", failure.function, error_name(failure.error));
    if failure.faults != 0 {
        text.push_str(&format!(" Faults: {}.", fault_names(failure.faults).join(", ")));
    }
    let hint = match failure.error {
        _ if failure.function == "WinHttpSetOption" => {
            "Check the file given with --cacert: it must hold certificates in PEM form.".to_owned()
        }
        _ if failure.function == "WinHttpCompatCertFromPem" => {
            "Check the file given with --cert: it must hold a certificate and its key in PEM form.".to_owned()
        }
        ERROR_WINHTTP_NAME_NOT_RESOLVED => {
            format!("Check the spelling of {server} and this machine's name servers.")
        }
        ERROR_WINHTTP_CANNOT_CONNECT => {
            format!("Check that a server listens at {server} and that no firewall stands between.")
        }
        ERROR_WINHTTP_TIMEOUT => {
            format!("{server} took too long; try again with a larger --timeout (milliseconds).")
        }
        ERROR_WINHTTP_SECURE_FAILURE
            if failure.faults & (WINHTTP_CALLBACK_STATUS_FLAG_CERT_REV_FAILED | WINHTTP_CALLBACK_STATUS_FLAG_CERT_REVOKED) != 0 =>
        {
            "Repair the certificate, its lists or responders; or leave --revocation out, -k does not cover it."
                .to_owned()
        }
        ERROR_WINHTTP_SECURE_FAILURE if failure.faults != 0 => {
            "Repair the certificate or trust its authority; -k ignores certificate faults, for tests."
                .to_owned()
        }
        ERROR_WINHTTP_SECURE_FAILURE | ERROR_WINHTTP_SECURE_CHANNEL_ERROR => {
            format!("Check that {server} speaks TLS 1.2 or 1.3 there, and that the URL should be https.")
        }
        ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED => {
            "--cert FILE offers one, --cert none goes on without.".to_owned()
        }
        ERROR_WINHTTP_INVALID_SERVER_RESPONSE if failure.function.starts_with("WinHttpWebSocket") => {
            format!("{server} does not keep to the WebSocket protocol, RFC 6455.")
        }
        ERROR_WINHTTP_INVALID_SERVER_RESPONSE => {
            format!("Check that {server} speaks HTTP there, and whether the URL should be https.")
        }
        ERROR_WINHTTP_CONNECTION_ERROR => {
            format!(
                "The connection to {server} broke; try again, check that the server speaks what the URL says (https or \
                 http), or look into its log."
            )
        }
        ERROR_WINHTTP_REDIRECT_FAILED => "Try the URL that the last REDIRECT names by itself.".to_owned(),
        ERROR_INVALID_PARAMETER | ERROR_WINHTTP_INVALID_HEADER => {
            "Check the method (-X), the headers (-H) and the URL.".to_owned()
        }
        _ => return text,
    };
    format!("{text} {hint}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_have_their_exit_codes() {
        assert_eq!(exit(12007), Exit::NotResolved);
        assert_eq!(exit(12029), Exit::CannotConnect);
        assert_eq!(exit(12002), Exit::Timeout);
        assert_eq!(exit(12175), Exit::Tls);
        assert_eq!(exit(12157), Exit::Tls);
        assert_eq!(exit(12152), Exit::Other);
    }

    #[test]
    fn a_message_says_what_to_do() {
        let failure = Failure { function: "WinHttpSendRequest", error: 12175, faults: 0x30 };
        let text = message(&failure, "localhost:1");
        assert!(text.contains("CERT_CN_INVALID, CERT_DATE_INVALID") && text.contains("-k"), "{text}");
        let text = message(&Failure { error: 12029, faults: 0, ..failure }, "localhost:1");
        assert!(text.contains("listens at localhost:1"), "{text}");
        let text =
            message(&Failure { function: "WinHttpWebSocketReceive", error: 12152, faults: 0 }, "localhost:1");
        assert!(text.ends_with("localhost:1 does not keep to the WebSocket protocol, RFC 6455."), "{text}");
        let text = message(&Failure { error: 99_999, faults: 0, ..failure }, "localhost:1");
        assert!(text.contains("error 99999"), "{text}");
    }
}
