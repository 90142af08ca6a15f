"""Squid's helper for NTLM: GSSAPI's NTLM mechanism checks, NTLM_USER_FILE says who is known."""

import base64
import sys

import gssapi

NTLM = gssapi.OID.from_int_seq("1.3.6.1.4.1.311.2.2.10")
context = None


def answer(text):
    # Squid wants a line in one piece, and no NUL, with which gss-ntlmssp ends a name.
    sys.stdout.write(text.replace("\0", "") + "\n")
    sys.stdout.flush()


for line in sys.stdin:
    word, _, token = line.strip().partition(" ")
    if word == "YR":
        context = gssapi.SecurityContext(usage="accept", creds=gssapi.Credentials(usage="accept", mechs=[NTLM]))
    try:
        out = context.step(base64.b64decode(token))
        if context.complete:
            answer("AF " + str(context.initiator_name))
        else:
            answer("TT " + base64.b64encode(out).decode())
    except gssapi.exceptions.GSSError as error:
        answer("NA " + str(error).replace("\n", " "))
