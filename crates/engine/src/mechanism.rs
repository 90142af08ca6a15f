//! NTLM, and Negotiate with NTLM inside: who makes the tokens (cargo feature `ntlm`).
//!
//! The `sspi` crate speaks both; Kerberos is switched off in it: it would ask for tickets over the network, in the middle
//! of a step that may not block, and tickets that a machine already has belong to its own Kerberos library.

use winhttp_proto::auth::Mechanisms;

/// What this build has.
#[cfg(not(feature = "ntlm"))]
pub(crate) const MECHANISMS: Option<Mechanisms> = None;
/// What this build has.
#[cfg(feature = "ntlm")]
pub(crate) const MECHANISMS: Option<Mechanisms> = Some(ntlm::begin);

#[cfg(feature = "ntlm")]
mod ntlm {
    use sspi::ntlm::NtlmConfig;
    use sspi::{
        AuthIdentity, BufferType, ClientRequestFlags, CredentialUse, Credentials, DataRepresentation,
        Negotiate, NegotiateConfig, Ntlm, SecurityBuffer, SecurityStatus, Sspi, SspiImpl, Username,
    };
    use winhttp_abi as abi;
    use winhttp_proto::auth::{Introduction, Login, Mechanism};

    /// The only mechanism inside Negotiate.
    const PACKAGES: &str = "ntlm,!kerberos,!pku2u";

    /// A context of a package, and what it is asked with.
    struct Tokens<P: SspiImpl> {
        package: P,
        credentials: P::CredentialsHandle,
        /// `HTTP/host`, what the token is for.
        target: String,
        over: bool,
    }

    pub(super) fn begin(introduction: &Introduction<'_>) -> Option<Box<dyn Mechanism>> {
        let identity = identity(introduction.login)?;
        let target = format!("HTTP/{}", introduction.host);
        match introduction.scheme {
            abi::WINHTTP_AUTH_SCHEME_NTLM => {
                let mut package = Ntlm::with_config(NtlmConfig::new(workstation()));
                let credentials = package
                    .acquire_credentials_handle()
                    .with_credential_use(CredentialUse::Outbound)
                    .with_auth_data(&identity)
                    .execute(&mut package)
                    .ok()?
                    .credentials_handle;
                Some(Box::new(Tokens { package, credentials, target, over: false }))
            }
            abi::WINHTTP_AUTH_SCHEME_NEGOTIATE => {
                let inner = Box::new(NtlmConfig::new(workstation()));
                let config = NegotiateConfig::new(inner, Some(PACKAGES.to_owned()), workstation());
                let mut package = Negotiate::new_client(config).ok()?;
                let identity = Credentials::AuthIdentity(identity);
                let credentials = package
                    .acquire_credentials_handle()
                    .with_credential_use(CredentialUse::Outbound)
                    .with_auth_data(&identity)
                    .execute(&mut package)
                    .ok()?
                    .credentials_handle;
                Some(Box::new(Tokens { package, credentials, target, over: false }))
            }
            _ => None,
        }
    }

    /// `user`, `DOMAIN\user` or `user@domain`.
    fn identity(login: &Login) -> Option<AuthIdentity> {
        let username = Username::parse(&login.user).ok()?;
        Some(AuthIdentity { username, password: login.password.clone().into() })
    }

    /// What a client calls its machine; the real name is nobody's business.
    fn workstation() -> String {
        "WORKSTATION".to_owned()
    }

    impl<P> Mechanism for Tokens<P>
    where
        P: Sspi + SspiImpl + Send,
        P::CredentialsHandle: Send,
    {
        fn step(&mut self, challenge: &[u8]) -> Option<Vec<u8>> {
            if self.over {
                return None;
            }
            let mut input = [SecurityBuffer::new(challenge.to_vec(), BufferType::Token)];
            let mut output = [SecurityBuffer::new(Vec::new(), BufferType::Token)];
            let mut context = self
                .package
                .initialize_security_context()
                .with_credentials_handle(&mut self.credentials)
                .with_context_requirements(ClientRequestFlags::ALLOCATE_MEMORY)
                .with_target_data_representation(DataRepresentation::Native)
                .with_target_name(&self.target)
                .with_input(&mut input)
                .with_output(&mut output);
            let result =
                self.package.initialize_security_context_impl(&mut context).ok()?.resolve_to_result().ok()?;
            // What is over has said its last: a further challenge is a refusal.
            self.over = result.status != SecurityStatus::ContinueNeeded;
            let [token] = output;
            Some(token.buffer).filter(|token| !token.is_empty())
        }
    }
}
