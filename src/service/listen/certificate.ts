import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { CertificateFiles } from '../../config/listen-settings.ts';
import { fileReason } from '../../errors.ts';

/** The oldest TLS that is spoken, as server and as client. */
const MIN_TLS_VERSION = 'TLSv1.2';

/** A certificate, a key or a list of authorities cannot be used. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError';
  /** What is wrong, a sentence each, which names the file. */
  readonly problems: readonly string[];
  constructor(...problems: readonly string[]) {
    super(problems.join('; '));
    this.problems = problems;
  }
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

/** Reads a certificate and its key. @throws CertificateError with all that is wrong with either file */
export async function readCertificate({ certFile, keyFile }: CertificateFiles): Promise<Certificate> {
  const [{ cert, parsed }, { key, privateKey }] = await both(readLeaf(certFile), readKey(keyFile));
  if (!parsed.checkPrivateKey(privateKey))
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
export function timeProblem(
  { validFrom, validTo }: Pick<Certificate, 'validFrom' | 'validTo'>,
  now: Date = new Date(),
): string | undefined {
  if (now > validTo) return `it expired on ${dayOf(validTo)}`;
  if (now < validFrom) return `it is not valid before ${dayOf(validFrom)}`;
  return undefined;
}

/** The day of a date, such as 2030-01-31. */
export function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}

/** Both values. @throws CertificateError with the problems of both */
async function both<A, B>(one: Promise<A>, other: Promise<B>): Promise<[A, B]> {
  const reasons = (await Promise.allSettled([one, other])).map(
    (result) => result.status === 'rejected' && result.reason,
  );
  const errors = reasons.filter((reason) => reason instanceof CertificateError);
  if (errors.length === 2) throw new CertificateError(...errors.flatMap(({ problems }) => problems));
  return await Promise.all([one, other]);
}

async function readLeaf(file: string): Promise<{ cert: string; parsed: X509Certificate }> {
  const cert = await readText(file);
  if (!cert.includes('-----BEGIN CERTIFICATE-----'))
    throw new CertificateError(`${file} holds no certificate in PEM form`);
  const complaint = `${file} holds a certificate that cannot be read`;
  return { cert, parsed: attempt(complaint, () => new X509Certificate(cert)) };
}

async function readKey(file: string): Promise<{ key: string; privateKey: KeyObject }> {
  const key = await readText(file);
  if (/-----BEGIN ENCRYPTED|^Proc-Type: 4,ENCRYPTED/m.test(key))
    throw new CertificateError(`the key in ${file} has a passphrase, which nobody could type in: remove it`);
  if (!/-----BEGIN (?:\w+ )?PRIVATE KEY-----/.test(key))
    throw new CertificateError(`${file} holds no private key in PEM form`);
  return { key, privateKey: attempt(`${file} holds a key that cannot be read`, () => createPrivateKey(key)) };
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
