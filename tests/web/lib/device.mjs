// A device that keeps a passkey, played here: what it makes and signs fits, or is wrong on purpose.
//
//   const device = new Device(origin);
//   device.made(challenge)                    the fields of a form that adds it
//   device.signed(challenge, { flags: 1 })    those of a login, here without a verified person

import { createHash, createSign, generateKeyPairSync, randomBytes } from 'node:crypto';

const sha256 = (data) => createHash('sha256').update(data).digest();

/** A device with one key, for the site at HOME. */
export class Device {
        constructor(home) {
                this.origin = new URL(home).origin;
                this.site = new URL(home).hostname;
                const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
                Object.assign(this, { jwk: publicKey.export({ format: 'jwk' }), privateKey, id: randomBytes(32), count: 0 });
        }

        data({ rp = this.site, flags = 0x05, count = ++this.count, key = false }) {
                const counter = Buffer.alloc(4);
                counter.writeUInt32BE(count);
                const cose = Buffer.concat([Buffer.from('a5010203262001215820', 'hex'), Buffer.from(this.jwk.x, 'base64url'),
                        Buffer.from('225820', 'hex'), Buffer.from(this.jwk.y, 'base64url')]);
                const made = key ? [Buffer.alloc(16), Buffer.from([0, this.id.length]), this.id, cose] : [];
                return Buffer.concat([sha256(rp), Buffer.from([key ? flags | 0x40 : flags]), counter, ...made]);
        }

        client(type, challenge, { from = this.origin, rest = ',"crossOrigin":false}', text } = {}) {
                return Buffer.from(text ?? `{"type":"${type}","challenge":"${challenge}","origin":"${from}"${rest}`);
        }

        made(challenge, options = {}) {
                return { client_data: this.client('webauthn.create', challenge, options).toString('base64url'),
                        auth_data: this.data({ count: this.count, key: true, ...options }).toString('base64url') };
        }

        signed(challenge, options = {}) {
                const client = this.client(options.type ?? 'webauthn.get', challenge, options);
                const data = this.data(options);
                const signature = createSign('sha256').update(Buffer.concat([data, sha256(client)])).sign(this.privateKey);
                if (options.broken) signature[signature.length - 1] ^= 1;
                return { credential: this.id.toString('base64url'), client_data: client.toString('base64url'),
                        auth_data: data.toString('base64url'), signature: signature.toString('base64url') };
        }
}

export const challengeOf = (page) => /data-challenge="([^"]+)"/.exec(page.text)[1];
