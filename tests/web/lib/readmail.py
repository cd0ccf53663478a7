#!/usr/bin/python3
"""readmail: mails as JSON, as Python's email package understands them.

For each line of files, with tabs between them, prints a list with one object for each, and a
line that ends the answer (talk.mjs): headers (lower-case names), subject, text,
html, files (name, type, bytes in base64), types (of every part), defects.
"""

import base64
import email
import email.policy
import json
import sys


def one(name):
    with open(name, 'rb') as file:
        message = email.message_from_binary_file(file, policy=email.policy.default)
    parts = list(message.walk())
    text = message.get_body(('plain',))
    html = message.get_body(('html',))
    return {
        'headers': {key.lower(): str(value) for key, value in message.items()},
        'subject': str(message['subject']),
        'text': text.get_content() if text else '',
        'html': html.get_content() if html else '',
        'files': [{'name': part.get_filename(), 'type': part.get_content_type(),
                   'bytes': base64.b64encode(part.get_content()).decode('ascii')}
                  for part in message.iter_attachments()],
        'types': [part.get_content_type() for part in parts],
        'defects': [type(defect).__name__ for part in parts for defect in part.defects]
                   + [f'{key}: {type(defect).__name__}' for key, value in message.items()
                      for defect in value.defects],
    }


for line in sys.stdin:
    print(json.dumps([one(name) for name in line.rstrip('\n').split('\t')]))
    print('-- answered --', flush=True)
