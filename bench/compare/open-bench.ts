import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from './measure-case.ts';
import { buildNative } from './native.ts';
import type { Ground } from './running-server.ts';

/**
 * Builds the project and the programs that measure, and has a certificate made.
 * @param root - of the project
 * @param out - a folder that is there, for all that is made
 */
export function openBench(root: string, out: string): Bench {
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  return {
    ground: { folder: join(out, 'servers'), ...makeCertificate(out) },
    native: buildNative(out),
    mediaFolder: out,
    root,
  };
}

/** A certificate for P-256 that is its own authority. @param folder - where it is, or is put */
function makeCertificate(folder: string): Pick<Ground, 'certFile' | 'keyFile' | 'pemFile'> {
  const [certFile, keyFile, pemFile] = [
    join(folder, 'server.crt'),
    join(folder, 'server.key'),
    join(folder, 'server.pem'),
  ];
  if (!existsSync(pemFile)) {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', keyFile];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    const args = ['req', '-x509', ...key, '-days', '365', ...subject, '-out', certFile];
    execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    writeFileSync(pemFile, `${readFileSync(certFile, 'utf8')}${readFileSync(keyFile, 'utf8')}`, {
      mode: 0o600,
    });
  }
  return { certFile, keyFile, pemFile };
}
