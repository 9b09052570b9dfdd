import { stat } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import type { CertificateFiles } from '../../config/listen-settings.ts';
import { bugText } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { Clock } from '../../stream/clock.ts';
import { CertificateError } from './authorities.ts';
import { type Certificate, dayOf, readCertificate, timeProblem } from './certificate.ts';

/** How often the files are looked at, milliseconds. Looking finds what no notice is given of: links, mounts, networks. */
const LOOK_MS = 1000;

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
  /** What the files looked like when they were last read. */
  #read: string;
  /** What they looked like at the last look. */
  #seen: string;
  /** One reads after the other. */
  #work: Promise<void> = Promise.resolve();
  #stopLooking: () => void = () => {};
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
    this.#read = look;
    this.#seen = look;
    this.#scheduleLook();
  }

  /** Reads the pair for the first time. @throws CertificateError with the file and what is wrong with it */
  static async open(files: CertificateFiles, host: CertificateWatchHost): Promise<CertificateWatch> {
    const look = await lookAt(files);
    return new CertificateWatch(files, await readCertificate(files), look, host);
  }

  get current(): Certificate {
    return this.#current;
  }

  /** Resolves when what is being read now has been read. */
  get settled(): Promise<void> {
    return this.#work;
  }

  /** Reads the pair again, from other files if they are given. */
  reread(files: CertificateFiles = this.#files): void {
    this.#inTurn(async () => {
      this.#files = files;
      this.#seen = await lookAt(this.#files);
      await this.#readAgain();
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#stopLooking();
  }

  #scheduleLook(): void {
    if (this.#isClosed) return;
    this.#stopLooking = this.#host.clock.after(LOOK_MS, () => {
      this.#inTurn(() => this.#look().finally(() => this.#scheduleLook()));
    });
  }

  /** Whoever replaces two files is half done for a moment: they are read once a look finds them as the one before. */
  async #look(): Promise<void> {
    const look = await lookAt(this.#files);
    const standsStill = look === this.#seen;
    this.#seen = look;
    if (standsStill && look !== this.#read) await this.#readAgain();
  }

  async #readAgain(): Promise<void> {
    this.#read = this.#seen;
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

  #inTurn(act: () => Promise<void>): void {
    this.#work = this.#work.then(act).catch((error: unknown) => {
      this.#host.log.error('bug', bugText(error));
    });
  }
}

/** What tells a changed pair from the one before, whatever way it was replaced; the same while a file is missing. */
async function lookAt({ certFile, keyFile, clientCaFile }: CertificateFiles): Promise<string> {
  const files = [certFile, keyFile, ...(clientCaFile ? [clientCaFile] : [])];
  const looks = files.map(async (file) => {
    const found = await stat(file, { bigint: true }).catch(() => undefined);
    return found === undefined ? 'none' : `${found.dev}:${found.ino}:${found.size}:${found.mtimeNs}`;
  });
  return [...files, ...(await Promise.all(looks))].join(' ');
}
