import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileReason } from '../../../errors.ts';
import { CtlFailure } from '../ctl-failure.ts';

/** What somebody tried who looked for a relay, and how that failed. */
interface SocketFailure {
  readonly path: string;
  readonly error: unknown;
}

/** No relay answers there; the message says where it was looked for, and what to do. */
export class NotReached extends CtlFailure {
  /** Whether nobody is there, and not somebody who does not answer. */
  readonly isNobodyThere: boolean;

  constructor(message: string, code: string) {
    super(message);
    this.isNobodyThere = ['ENOENT', 'ENOTDIR', 'ECONNREFUSED'].includes(code);
  }

  /** @param failures - at least one */
  static atSockets(failures: readonly SocketFailure[]): NotReached {
    const found = failures.find(({ error }) => !isAbsent(error));
    if (found === undefined) return new NotReached(absence(failures.map(({ path }) => path)), 'ENOENT');
    const { path, error } = found;
    const code = codeOf(error);
    return new NotReached(`${path}: ${socketProblem(path, code) ?? reasonOf(error)}`, code);
  }

  static atUrl(url: URL, error: unknown): NotReached {
    const code = codeOf(error);
    return new NotReached(`${url.href}: ${reasonOf(error)}${hintFor(code)}`, code);
  }
}

function socketProblem(path: string, code: string): string | undefined {
  if (code === 'EACCES' || code === 'EPERM') return `permission denied: ${whoMay(path)}`;
  if (code !== 'ECONNREFUSED') return undefined;
  return 'nobody listens there any more: the relay that has made this socket has ended';
}

/** What to do about it, as the end of a sentence. */
function hintFor(code: string): string {
  if (code === 'ECONNREFUSED') return ': is a relay running, and is this its admin listener?';
  if (code.includes('CERT') || code.includes('SIGNED')) return ': --ca-file says whom to trust';
  const isOtherProtocol = code === 'EPROTO' || code === 'ECONNRESET' || /^(HPE_|ERR_SSL)/.test(code);
  return isOtherProtocol ? ': does the admin listener have a certificate? Then it is https, else http' : '';
}

function absence(paths: readonly string[]): string {
  const [path = ''] = paths;
  if (paths.length === 1) return `no relay found: there is no socket ${path}; is a relay running?`;
  return `no relay found: there is no socket ${paths.slice(0, -1).join(', ')} or ${paths.at(-1)}; is a relay running? --socket or --url says where it is`;
}

function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(codeOf(error));
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}

/** An error of several addresses says nothing itself. */
function reasonOf(error: unknown): string {
  const [first] = error instanceof AggregateError ? (error.errors as unknown[]) : [];
  return fileReason(first ?? error);
}

/** Who may open a socket: whoever its relay runs as, as far as that can be seen. */
function whoMay(path: string): string {
  const owner = ownerOf(path) ?? ownerOf(dirname(path));
  if (owner === undefined) return 'only the user that the relay runs as may operate it, and root';
  return `only ${owner}${owner === 'root' ? '' : ' and root'} may operate this relay: try sudo -u ${owner}`;
}

function ownerOf(path: string): string | undefined {
  try {
    const { uid } = statSync(path);
    const name = new RegExp(`^([^:]+):[^:]*:${uid}:`, 'm').exec(readFileSync('/etc/passwd', 'utf8'))?.[1];
    return name ?? `#${uid}`;
  } catch {
    return undefined;
  }
}
