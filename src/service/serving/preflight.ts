/** Whether this machine is as settings need it: asked before a start, by `--check`, and before settings are read again. */
import { lookup } from 'node:dns/promises';
import { accessSync, constants, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { AccessSettings } from '../../config/access/access-settings.ts';
import {
  clash,
  type ListenPlace,
  listenClashes,
  listenerSetting,
  listenPlaces,
} from '../../config/listen-place.ts';
import { type CertificateFiles, hasCertificate, tlsListeners } from '../../config/listen-settings.ts';
import type { RelaySettings } from '../../config/relay-settings.ts';
import { CredentialFileError } from '../../credentials/credential-file.ts';
import { PlainError } from '../../errors.ts';
import { systemClock } from '../../stream/clock.ts';
import { IssuedChallenges, newChallengeSecret } from '../access/credentials/issued-challenges.ts';
import { PasswordQueue } from '../access/credentials/password-queue.ts';
import type { VerifierParts } from '../access/credentials/verifier.ts';
import { makeVerifier } from '../access/credentials/verifiers.ts';
import { readTokens } from '../access/operating/operator-tokens.ts';
import { endpoint } from '../listen/listener.ts';
import { isForeignAddress } from '../listen/local-addresses.ts';
import { CertificateError, readAuthorities } from '../listen/tls/authorities.ts';
import { readCertificate, timeProblem } from '../listen/tls/certificate.ts';
import { type AccountPreflightSettings, accountFaults } from './account-preflight.ts';

/** Something on this machine that is not as a setting needs it. */
export interface PreflightFault {
  /**
   * `file`: one that cannot be used; `address`: one that cannot be listened on; `date`: a certificate that is not valid today, which
   * is a reason to warn and not to refuse service, since some clients do not mind and the next one is picked up while running;
   * `account`: a user that the service cannot become; `later`: a file that this user cannot read again, another reason to warn; `doubt`: what
   * may be a mistake, and need not be one.
   */
  readonly kind: 'file' | 'address' | 'date' | 'account' | 'later' | 'doubt';
  /** Dotted path of the setting. */
  readonly path: string;
  /** A sentence without its first capital; it names the file or the address. */
  readonly problem: string;
}

/** The settings of every service that count on something outside of them. */
export type ServicePreflightSettings = Pick<RelaySettings, 'listen' | 'tls' | 'access' | 'admin'> &
  AccountPreflightSettings;

/** This machine is not as the settings need it; the message has a line for each fault. */
export class PreflightError extends PlainError {
  override readonly name = 'PreflightError';
  readonly faults: readonly PreflightFault[];
  constructor(faults: readonly PreflightFault[]) {
    super(faults.map(preflightText).join('\n'));
    this.faults = faults;
  }
}

/** A fault as a line. */
export function preflightText({ path, problem }: PreflightFault): string {
  return `${path}: ${problem}`;
}

/**
 * Finds everything on this machine that a service with these settings would stumble over, as far as that can be known without
 * opening a port. Host names of listeners are looked up, as a start does; nothing else is asked of the network.
 * @param files - what is found in files: all that a running service, which listens already, has to look at
 * @param configFile - the one that the settings come from
 */
export async function preflightService<S extends ServicePreflightSettings>(
  settings: S,
  files: (settings: S) => Promise<readonly PreflightFault[]>,
  configFile: string | undefined,
): Promise<readonly PreflightFault[]> {
  const account = accountFaults(settings, configFile);
  const places = listenPlaces(settings.listen);
  const logs = { 'log.file': settings.log.file, 'accessLog.file': settings.accessLog.file };
  const logFaults = Object.entries(logs).flatMap(([path, file]) => logFileFaults(path, file));
  const found = await Promise.all([files(settings), logFaults, addressFaults(places)]);
  return [...found.flat(), ...account];
}

/** A log is appended to, or made in its folder. */
function logFileFaults(path: string, file: string | null): readonly PreflightFault[] {
  if (file === null) return [];
  const place = existsSync(file) ? file : dirname(file);
  try {
    accessSync(place, constants.W_OK);
    return [];
  } catch (error) {
    return [{ kind: 'file', path, problem: `cannot write ${file}: ${(error as Error).message}` }];
  }
}

/** What is wrong with the files that every service may have. */
export async function serviceFileFaults({
  listen,
  tls,
  access,
  admin,
}: Omit<ServicePreflightSettings, keyof AccountPreflightSettings>): Promise<readonly PreflightFault[]> {
  const certificates = [...tlsListeners, 'admin' as const].flatMap((protocol) =>
    listen[protocol].flatMap((files, index, all) =>
      hasCertificate(files) ? [certificateFaults(listenerSetting(protocol, index, all.length), files)] : [],
    ),
  );
  const { caFile, certFile, keyFile } = tls;
  const own =
    certFile === null || keyFile === null ? [] : [certificateFaults('tls', { certFile, keyFile }, 'servers')];
  const tokens = admin.tokens.flatMap(({ file }, index) =>
    credentialFileFaults(`admin.tokens.${index}.file`, () => readTokens(file)),
  );
  const found = await Promise.all([...certificates, authorityFaults('tls.caFile', caFile), ...own]);
  return [...found.flat(), ...tokens, ...credentialFaults(access)];
}

/** What is wrong with a certificate. @param others - to whom it is shown */
export function certificateFaults(
  path: string,
  files: CertificateFiles,
  others: 'clients' | 'servers' = 'clients',
): Promise<readonly PreflightFault[]> {
  return fileFaults(path, async () => {
    const problem = timeProblem(await readCertificate(files));
    return problem && `${others} will refuse ${files.certFile}: ${problem}`;
  });
}

/** What verifiers are made with that verify nothing. */
function idleParts(): VerifierParts {
  return {
    clock: systemClock,
    wallMs: Date.now,
    relayName: '',
    passwords: new PasswordQueue(systemClock, async () => false),
    challenges: new IssuedChallenges(newChallengeSecret()),
    keySets: { open: () => ({ current: undefined, keys: async () => undefined }) },
  };
}

/** Whatever rules take for a proof has to be readable. */
function credentialFaults({ rules }: AccessSettings): readonly PreflightFault[] {
  if (rules.length === 0) return [];
  const parts = idleParts();
  return rules.flatMap(({ require: required }, rule) =>
    required.flatMap((requirement, index) =>
      credentialFileFaults(`access.rules.${rule}.require.${index}`, () => makeVerifier(requirement, parts)),
    ),
  );
}

/** What is wrong with a file of credentials. @param read - reads it */
export function credentialFileFaults(path: string, read: () => unknown): readonly PreflightFault[] {
  try {
    read();
    return [];
  } catch (error) {
    if (!(error instanceof CredentialFileError)) throw error;
    return [{ kind: 'file', path, problem: error.message }];
  }
}

/** What is wrong with a file of authorities, if there is one. */
export async function authorityFaults(path: string, file: string | null): Promise<readonly PreflightFault[]> {
  if (file === null) return [];
  return fileFaults(path, async () => {
    const isGood = readAuthorities(file).some(
      ({ validFromDate: validFrom, validToDate: validTo }) =>
        timeProblem({ validFrom, validTo }) === undefined,
    );
    return isGood ? undefined : `every certificate in ${file} has expired or is not valid yet`;
  });
}

/** @param read - gives what is wrong with the time of what it has read */
async function fileFaults(
  path: string,
  read: () => Promise<string | undefined>,
): Promise<readonly PreflightFault[]> {
  try {
    const problem = await read();
    return problem === undefined ? [] : [{ kind: 'date', path, problem }];
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    return error.problems.map((problem) => ({ kind: 'file', path, problem }));
  }
}

/** A listener with its address in place of its host name. */
interface ResolvedPlace extends ListenPlace {
  readonly written: ListenPlace;
}

async function addressFaults(places: readonly ListenPlace[]): Promise<readonly PreflightFault[]> {
  const found = await Promise.all(places.map(resolvePlace));
  const faults = found.flatMap((place) => ('kind' in place ? [place] : []));
  const resolved = found.flatMap((place) => ('kind' in place ? [] : [place]));
  const clashes = listenClashes(resolved).flatMap(({ place, holder }) => {
    if (clash(place.written, holder.written)) return []; // which is a fault of the settings themselves
    const taken = `${holder.setting} listens on ${endpoint(holder.host, holder.port)}`;
    return [addressFault(place, `${place.written.host} is ${place.host}, whose port is taken: ${taken}`)];
  });
  return [...faults, ...clashes];
}

async function resolvePlace(written: ListenPlace): Promise<ResolvedPlace | PreflightFault> {
  const { host } = written;
  try {
    const { address } = await lookup(host);
    if (!(await isForeignAddress(address))) return { ...written, host: address, written };
    const named = address === host ? host : `${host} (${address})`;
    return addressFault(written, `${named} is not an address of this machine`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return addressFault(written, `${host} cannot be resolved to an address (${code})`);
  }
}

function addressFault({ setting }: ListenPlace, problem: string): PreflightFault {
  return { kind: 'address', path: `${setting}.host`, problem };
}
