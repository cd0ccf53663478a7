#!/usr/bin/python3
"""mailsink: a mail server that keeps what it accepts, for tests and the demo.

A mail stands in MAILDIR/new once it is accepted, with X-MailFrom and X-RcptTo put
before its own headers.  It is written to tmp, synced and renamed, so a reader never
sees half of one.

Addresses that say so are not accepted (whatever follows a + or . is ignored):

    refuse550@...        550 at RCPT              refuse554-data@...   554 after DATA
    defer451@...         451 at RCPT              defer452-data@...    452 after DATA
    close@...            closed at RCPT           close-data@...       closed after DATA, not kept
    close-stored@...     kept, then closed before the answer
    hang@...             no answer at RCPT        hang-data@...        no answer after DATA

The same words, as the first line of CONTROL_DIR/mode ("defer451", "close-data", ...),
hold for every address while that file is there; "accept" or no file means as usual.
"""

import argparse
import asyncio
import os
import re
import signal
import ssl
import sys
import time

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

WORD = re.compile(r'^(?:(refuse|defer)([45]\d\d)(-data)?|(close|hang)(-data)?|(close-stored))'
                  r'(?:[+.].*)?$')


def wish(word):
    """What WORD asks for: (action, code, phase), or None when it asks for nothing."""
    match = WORD.match(word)
    if not match:
        return None
    if match[1]:
        return match[1], int(match[2]), 'data' if match[3] else 'rcpt'
    if match[6]:
        return 'close-stored', 0, 'data'
    return match[4], 0, 'data' if match[5] else 'rcpt'


class Sink:
    """The handler that aiosmtpd calls for each command."""

    def __init__(self, maildir, control_dir):
        self.maildir = maildir
        self.control_dir = control_dir
        self.count = 0
        for part in ('tmp', 'new', 'cur'):
            os.makedirs(os.path.join(maildir, part), exist_ok=True)

    def mode(self):
        if not self.control_dir:
            return 'accept'
        try:
            with open(os.path.join(self.control_dir, 'mode'), encoding='ascii') as file:
                return file.readline().strip() or 'accept'
        except (OSError, UnicodeDecodeError):
            return 'accept'

    def wishes(self, address, phase):
        for word in (self.mode(), address.partition('@')[0]):
            asked = wish(word)
            if asked and asked[2] == phase:
                return asked
        return None

    async def act(self, asked, server):
        action, code, _ = asked
        if action == 'refuse':
            return f'{code} 5.1.1 This sink was asked to refuse'
        if action == 'defer':
            return f'{code} 4.2.0 This sink was asked to defer'
        if action == 'hang':
            await asyncio.sleep(3600)
        server.transport.abort()
        return '421 4.3.0 Closing'

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        asked = self.wishes(address, 'rcpt')
        if asked:
            return await self.act(asked, server)
        envelope.rcpt_tos.append(address)
        return '250 2.1.5 OK'

    async def handle_DATA(self, server, session, envelope):
        asked = None
        for address in envelope.rcpt_tos:
            asked = asked or self.wishes(address, 'data')
        if asked and asked[0] != 'close-stored':
            return await self.act(asked, server)
        name = self.keep(envelope)
        if asked:
            return await self.act(asked, server)
        return f'250 2.0.0 OK {name}'

    def keep(self, envelope):
        self.count += 1
        name = f'{time.time_ns()}.P{os.getpid()}Q{self.count}.sink'
        head = f'X-MailFrom: {envelope.mail_from}\nX-RcptTo: {", ".join(envelope.rcpt_tos)}\n'
        body = envelope.original_content.replace(b'\r\n', b'\n')
        part = os.path.join(self.maildir, 'tmp', name)
        with open(part, 'wb') as file:
            file.write(head.encode('utf-8', 'surrogateescape') + body)
            file.flush()
            os.fsync(file.fileno())
        os.rename(part, os.path.join(self.maildir, 'new', name))
        return name


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--host', default='127.0.0.1')
    parser.add_argument('--port', type=int, required=True, help='0: any free one, printed')
    parser.add_argument('--maildir', required=True)
    parser.add_argument('--control-dir')
    parser.add_argument('--tls-cert', help='offers STARTTLS with this certificate')
    parser.add_argument('--tls-key')
    parser.add_argument('--tls-always', action='store_true', help='smtps: TLS from the first byte')
    parser.add_argument('--user', help='asks for this login before a mail')
    parser.add_argument('--password')
    parser.add_argument('--idle-seconds', type=float, default=300, help='closes idle connections')
    return parser.parse_args()


def checker(user, password):
    def check(server, session, envelope, mechanism, data):
        good = (isinstance(data, LoginPassword) and data.login.decode() == user
                and data.password.decode() == password)
        return AuthResult(success=good, handled=False)
    return check


async def serve(args):
    sink = Sink(args.maildir, args.control_dir)
    tls = None
    if args.tls_cert:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(args.tls_cert, args.tls_key)
    starttls = tls if not args.tls_always else None
    settings = {'hostname': 'sink.localhost', 'ident': 'Latchkey sink', 'enable_SMTPUTF8': True,
                'timeout': args.idle_seconds, 'tls_context': starttls}
    if args.user:
        settings.update(authenticator=checker(args.user, args.password), auth_required=True,
                        auth_require_tls=starttls is not None)

    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    server = await loop.create_server(lambda: SMTP(sink, loop=loop, **settings), args.host,
                                      args.port, ssl=tls if args.tls_always else None,
                                      reuse_address=True)
    print(f'mailsink: ready on port {server.sockets[0].getsockname()[1]}', flush=True)
    await stop.wait()
    server.close()


def main():
    args = arguments()
    try:
        asyncio.run(serve(args))
    except OSError as error:
        sys.exit(f'mailsink: {args.host} port {args.port}: {error.strerror or error}')


main()
