import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileReason, PlainError } from '../../../errors.ts';

/** A certificate, a key or a list of authorities cannot be used. */
export class CertificateError extends PlainError {
  override readonly name = 'CertificateError';
  /** What is wrong, a sentence each, which names the file. */
  readonly problems: readonly string[];
  constructor(...problems: readonly string[]) {
    super(problems.join('; '));
    this.problems = problems;
  }
}

/**
 * The certificates of a file, each read by itself: OpenSSL takes those that it can read and does not mention the others.
 * @throws CertificateError with the file
 */
export function readAuthorities(
  file: string,
  textOf: (file: string) => string = readTextFile,
): readonly X509Certificate[] {
  const found = textOf(file).match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (found.length === 0) throw new CertificateError(`${file} holds no certificate in PEM form`);
  return found.map((pem) => {
    try {
      return new X509Certificate(pem);
    } catch (error) {
      const { message } = error as Error;
      throw new CertificateError(`${file} holds a certificate that cannot be read: ${message}`);
    }
  });
}

/** The text of a file. @throws CertificateError with the file */
export function readTextFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** What is said of a file that cannot be read. */
export function unreadable(file: string, error: unknown): CertificateError {
  return new CertificateError(`${file} cannot be read: ${fileReason(error)}`);
}
