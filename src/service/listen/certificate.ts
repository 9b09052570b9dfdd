import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { CertificateFiles } from '../../config/listen-settings.ts';

/** The oldest TLS that is spoken, as server and as client. */
const MIN_TLS_VERSION = 'TLSv1.2';

/** A certificate, a key or a list of authorities cannot be used: the sentence names the file. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError';
}

/** A certificate with its key, checked: they belong together, and TLS takes them. */
export interface Certificate {
  /** In PEM form. */
  readonly cert: string;
  readonly key: string;
  readonly subject: string;
  readonly validFrom: Date;
  readonly validTo: Date;
}

/** Reads a certificate and its key. @throws CertificateError with the file and what is wrong with it */
export async function readCertificate({ certFile, keyFile }: CertificateFiles): Promise<Certificate> {
  const cert = await readText(certFile); // first: of two files that are missing always the same one is named
  const key = await readText(keyFile);
  if (!cert.includes('-----BEGIN CERTIFICATE-----'))
    throw new CertificateError(`${certFile} holds no certificate in PEM form`);
  const parsed = attempt(
    `${certFile} holds a certificate that cannot be read`,
    () => new X509Certificate(cert),
  );
  if (!parsed.checkPrivateKey(readKey(keyFile, key)))
    throw new CertificateError(`the key in ${keyFile} does not belong to the certificate in ${certFile}`);
  attempt(`${certFile} with ${keyFile} cannot be used`, () =>
    createSecureContext(contextOptions({ cert, key })),
  );
  const { subject, validFromDate: validFrom, validToDate: validTo } = parsed;
  return { cert, key, subject: subject.replaceAll('\n', ', '), validFrom, validTo };
}

/** What makes a TLS server use a certificate. */
export function contextOptions({ cert, key }: Pick<Certificate, 'cert' | 'key'>): SecureContextOptions {
  return { cert, key, minVersion: MIN_TLS_VERSION };
}

/** Why a certificate cannot be good at a time; undefined when nothing speaks against it. */
export function timeProblem({ validFrom, validTo }: Certificate, now: Date = new Date()): string | undefined {
  if (now > validTo) return `it expired on ${dayOf(validTo)}`;
  if (now < validFrom) return `it is not valid before ${dayOf(validFrom)}`;
  return undefined;
}

/** The reason of a file system's error, for people. */
export function fileReason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === undefined ? message : message.replace(/^\w+: /, '').replace(/, \w+(?: '.*')?$/, '');
}

/** The day of a date, such as 2030-01-31. */
export function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}

function readKey(file: string, pem: string): ReturnType<typeof createPrivateKey> {
  if (/-----BEGIN ENCRYPTED|^Proc-Type: 4,ENCRYPTED/m.test(pem))
    throw new CertificateError(
      `the key in ${file} has a passphrase, which nobody could type in: take it off`,
    );
  if (!/-----BEGIN (?:\w+ )?PRIVATE KEY-----/.test(pem))
    throw new CertificateError(`${file} holds no private key in PEM form`);
  return attempt(`${file} holds a key that cannot be read`, () => createPrivateKey(pem));
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new CertificateError(`${file} cannot be read: ${fileReason(error)}`);
  }
}

function attempt<T>(complaint: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    const { reason, message } = error as Error & { readonly reason?: string };
    throw new CertificateError(`${complaint}: ${reason ?? message}`);
  }
}
