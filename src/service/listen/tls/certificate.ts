import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { SecureContextOptions } from 'node:tls';
import { nodeTls } from '../../../built-in.ts';
import type { CertificateFiles } from '../../../config/listen-settings.ts';
import { CertificateError, readAuthorities, readTextFile, unreadable } from './authorities.ts';

/** The oldest TLS that is spoken, as server and as client. */
const MIN_TLS_VERSION = 'TLSv1.2';

/** Of TLS 1.3 the one that is the cheapest for a stream: it comes before those of Node, as Node has it for TLS 1.2. */
const FIRST_CIPHER = 'TLS_AES_128_GCM_SHA256';

/** A certificate with its key, checked: they belong together, and TLS takes them. */
export interface Certificate {
  /** In PEM form. */
  readonly cert: string;
  readonly key: string;
  /** The authorities whose clients' certificates are believed, in PEM form; undefined where none is asked for. */
  readonly clientCa: readonly string[] | undefined;
  readonly subject: string;
  readonly validFrom: Date;
  readonly validTo: Date;
}

/** Reads a certificate and its key, and the authorities of clients. @throws CertificateError with all that is wrong with the files */
export async function readCertificate(files: CertificateFiles): Promise<Certificate> {
  const names = [files.certFile, files.keyFile, files.clientCaFile ?? files.certFile];
  const read = async (file: string): Promise<[string, string | CertificateError]> => [
    file,
    await readFile(file, 'utf8').catch((error: unknown) => unreadable(file, error)),
  ];
  const texts = new Map(await Promise.all(names.map(read)));
  return makeCertificate(files, (file) => {
    const text = texts.get(file);
    if (typeof text === 'string') return text;
    throw text;
  });
}

/** Makes one of the texts of its files. @throws CertificateError with all that is wrong with them */
export function makeCertificate(
  { certFile, keyFile, clientCaFile = null }: CertificateFiles,
  textOf: (file: string) => string = readTextFile,
): Certificate {
  const [{ cert, parsed }, { key, privateKey }, clientCa] = all(
    () => readLeaf(certFile, textOf(certFile)),
    () => readKey(keyFile, textOf(keyFile)),
    () => (clientCaFile === null ? undefined : readAuthorities(clientCaFile, textOf).map(String)),
  );
  if (!parsed.checkPrivateKey(privateKey))
    throw new CertificateError(`the key in ${keyFile} does not belong to the certificate in ${certFile}`);
  attempt(`${certFile} with ${keyFile} cannot be used`, () =>
    nodeTls().createSecureContext(contextOptions({ cert, key, clientCa })),
  );
  const { subject, validFromDate: validFrom, validToDate: validTo } = parsed;
  return { cert, key, clientCa, subject: subject.replaceAll('\n', ', '), validFrom, validTo };
}

/** What makes a TLS server use a certificate. */
export function contextOptions({
  cert,
  key,
  clientCa,
}: Pick<Certificate, 'cert' | 'key' | 'clientCa'>): SecureContextOptions {
  const ca = clientCa === undefined ? {} : { ca: [...clientCa] };
  const ciphers = `${FIRST_CIPHER}:${nodeTls().DEFAULT_CIPHERS}`;
  return { cert, key, minVersion: MIN_TLS_VERSION, ciphers, ...ca };
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

/** What all of them give. @throws CertificateError with the problems of all */
function all<T extends readonly (() => unknown)[]>(...reads: T): { [K in keyof T]: ReturnType<T[K]> } {
  const problems: string[] = [];
  const values = reads.map((read) => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof CertificateError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  });
  if (problems.length > 0) throw new CertificateError(...problems);
  return values as { [K in keyof T]: ReturnType<T[K]> };
}

function readLeaf(file: string, cert: string): { cert: string; parsed: X509Certificate } {
  if (!cert.includes('-----BEGIN CERTIFICATE-----'))
    throw new CertificateError(`${file} holds no certificate in PEM form`);
  const complaint = `${file} holds a certificate that cannot be read`;
  return { cert, parsed: attempt(complaint, () => new X509Certificate(cert)) };
}

function readKey(file: string, key: string): { key: string; privateKey: KeyObject } {
  if (/-----BEGIN ENCRYPTED|^Proc-Type: 4,ENCRYPTED/m.test(key))
    throw new CertificateError(`the key in ${file} has a passphrase, which nobody could type in: remove it`);
  if (!/-----BEGIN (?:\w+ )?PRIVATE KEY-----/.test(key))
    throw new CertificateError(`${file} holds no private key in PEM form`);
  return { key, privateKey: attempt(`${file} holds a key that cannot be read`, () => createPrivateKey(key)) };
}

function attempt<T>(complaint: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    const { reason, message } = error as Error & { readonly reason?: string };
    throw new CertificateError(`${complaint}: ${reason ?? message}`);
  }
}
