import { isDeepStrictEqual } from 'node:util';
import type { CertificateFiles } from '../../../config/listen-settings.ts';
import type { Log } from '../../../log.ts';
import type { Clock } from '../../../stream/clock.ts';
import { FileWatch, lookAt } from '../../file-watch.ts';
import { CertificateError } from './authorities.ts';
import { type Certificate, dayOf, readCertificate, timeProblem } from './certificate.ts';

/** What a watch needs of the relay. */
export interface CertificateWatchHost {
  readonly clock: Clock;
  readonly log: Log;
  /** Told the new certificate. */
  onRenewed(certificate: Certificate): void;
}

/**
 * The certificate of one listener: read again when its files have changed and stand still, or when asked to. A pair that
 * cannot be used changes nothing but the log.
 */
export class CertificateWatch {
  readonly #host: CertificateWatchHost;
  #files: CertificateFiles;
  #current: Certificate;
  readonly #watch: FileWatch;
  #isClosed = false;

  private constructor(
    files: CertificateFiles,
    current: Certificate,
    look: string,
    host: CertificateWatchHost,
  ) {
    this.#files = files;
    this.#current = current;
    this.#host = host;
    const { clock, log } = host;
    this.#watch = new FileWatch(look, {
      ...{ clock, log },
      files: () => namesOf(this.#files),
      readAgain: () => this.#readAgain(),
    });
  }

  /** Reads the pair for the first time. @throws CertificateError with the file and what is wrong with it */
  static async open(files: CertificateFiles, host: CertificateWatchHost): Promise<CertificateWatch> {
    const look = await lookAt(namesOf(files));
    return new CertificateWatch(files, await readCertificate(files), look, host);
  }

  get current(): Certificate {
    return this.#current;
  }

  /** Resolves when what is being read now has been read. */
  get settled(): Promise<void> {
    return this.#watch.settled;
  }

  /** Reads the pair again, from other files if they are given. */
  reread(files: CertificateFiles = this.#files): void {
    this.#files = files;
    void this.#watch.reread();
  }

  close(): void {
    this.#isClosed = true;
    this.#watch.close();
  }

  async #readAgain(): Promise<void> {
    try {
      const found = await readCertificate(this.#files);
      const problem = timeProblem(found);
      if (problem !== undefined && timeProblem(this.#current) === undefined)
        throw new CertificateError(`${this.#files.certFile} cannot be used now: ${problem}`);
      if (!this.#isClosed) this.#take(found);
    } catch (error) {
      if (!(error instanceof CertificateError)) throw error;
      this.#host.log.error('certificate', `keeping the old certificate: ${error.message}`);
    }
  }

  #take(found: Certificate): void {
    const { cert, key, clientCa } = this.#current;
    const isSame = found.cert === cert && found.key === key;
    if (isSame && isDeepStrictEqual(found.clientCa, clientCa)) return;
    this.#current = found;
    this.#host.onRenewed(found);
    const { subject, validTo } = found;
    const text = isSame
      ? `new connections are asked for certificates of other authorities: ${found.clientCa?.length ?? 0}`
      : `new connections now get the certificate ${subject}, valid until ${dayOf(validTo)}`;
    this.#host.log.info('certificate', text, { subject, validTo: validTo.toISOString() });
  }
}

function namesOf({ certFile, keyFile, clientCaFile }: CertificateFiles): readonly string[] {
  return [certFile, keyFile, ...(clientCaFile ? [clientCaFile] : [])];
}
