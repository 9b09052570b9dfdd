// Makes a self-signed certificate and its key for trying TLS out, in `certs/`, which git ignores:
//   npm run make-cert                     for localhost and this machine's name
//   npm run make-cert -- relay.example    for these names and addresses as well
// It needs the openssl program. Nobody but whoever is told to believes such a certificate: see docs/configuration.md.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../certs/', import.meta.url));
const certFile = `${folder}cert.pem`;
const keyFile = `${folder}key.pem`;

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

const names = [...new Set(['localhost', '127.0.0.1', '::1', hostname(), ...process.argv.slice(2)])];
const wrong = names.find((name) => isIP(name) === 0 && !/^(\*\.)?[\w-]+(\.[\w-]+)*$/.test(name));
if (wrong !== undefined) fail(`neither a host name nor an address: ${wrong}`);
if (existsSync(certFile) || existsSync(keyFile))
  fail(`there is a pair in ${folder} already: remove it first`);

mkdirSync(folder, { recursive: true, mode: 0o700 });
const alternatives = names.map((name) => `${isIP(name) === 0 ? 'DNS' : 'IP'}:${name}`).join(',');
const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '365'];
const subject = ['-subj', '/CN=streampump for trying out', '-addext', `subjectAltName=${alternatives}`];
const args = ['req', '-x509', ...kind, ...subject, '-keyout', keyFile, '-out', certFile];
const { status, stderr, error } = spawnSync('openssl', args, { encoding: 'utf8' });
if (error !== undefined) fail(`openssl cannot be run: ${error.message}`);
if (status !== 0) fail(stderr);
chmodSync(keyFile, 0o600);

const files = JSON.stringify({ certFile, keyFile })
  .slice(1, -1)
  .replaceAll('":"', '": "')
  .replace('","', '", "');
console.log(`made for a year, for ${names.join(', ')}; in the configuration:

  "listen": {
    "rtmps": { ${files} },
    "https": { ${files} }
  }

and in that of a relay that pulls from this one: "tls": { "caFile": "${certFile}" }`);
