// Ports for servers of tests: three in a row, away from those that the system gives to outgoing
// connections (on Linux 32768 and up), which may take one between our look and our use.

import net from 'node:net';

function isFree(port) {
        return new Promise((done) => {
                const server = net.createServer();
                server.once('error', () => done(false));
                server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
        });
}

/** The first of three free ports in a row. */
export async function freePorts() {
        for (let tries = 0; tries < 100; tries++) {
                const port = 20000 + Math.floor(Math.random() * 12000);
                if (await isFree(port) && await isFree(port + 1) && await isFree(port + 2)) return port;
        }
        throw new Error('no three free ports in a row');
}
