// What the programs on Node.js share: PORT is the server's, TLS_PORT the one for TLS with the certificate of localhost in TLS_CERTIFICATE,
// RESTART a command that kills and starts it again.
const { execFileSync } = require('node:child_process');
const { readFileSync } = require('node:fs');

const port = Number(process.env.PORT);

process.on('unhandledRejection', error => {
  console.error(error);
  process.exit(1);
});

module.exports = {
  port,
  tls: { port: Number(process.env.TLS_PORT), certificate: readFileSync(process.env.TLS_CERTIFICATE) },
  connection: { host: '127.0.0.1', port, maxRetriesPerRequest: null },
  restart: () => execFileSync(process.env.RESTART),
  until: async (condition, what) => {
    const end = Date.now() + 60_000;
    while (!(await condition())) {
      if (Date.now() > end) throw new Error('not within a minute: ' + what);
      await new Promise(resolve => setTimeout(resolve, 10));
    }
  },
};
