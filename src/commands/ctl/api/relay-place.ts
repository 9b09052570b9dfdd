import { likelySockets, socketSurroundings } from '../../../config/admin/admin-socket.ts';
import {
  CredentialFileError,
  readCredentialFile,
  readCredentialLines,
} from '../../../credentials/credential-file.ts';
import { isKeyHash } from '../../../credentials/key-hash.ts';

/** How a command line, or the environment, says where the relay is and who asks. */
export interface PlaceOptions {
  readonly socket?: string;
  readonly url?: string;
  readonly tokenFile?: string;
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

/** Where a relay answers. */
export type RelayPlace =
  /** At the first of these Unix sockets that somebody listens on. */
  | { readonly by: 'socket'; readonly paths: readonly string[] }
  | {
      readonly by: 'url';
      readonly url: URL;
      readonly token: string | undefined;
      readonly tls: {
        readonly ca: string | undefined;
        readonly cert: string | undefined;
        readonly key: string | undefined;
      };
    };

/** The options do not go together, or one says nothing that can be used; the message is a sentence. */
export class PlaceError extends Error {
  override readonly name = 'PlaceError';
}

/**
 * Reads the files that the options name.
 * @throws PlaceError when the options are wrong, CredentialFileError when a file cannot be used
 */
export function relayPlace(options: PlaceOptions): RelayPlace {
  const { socket, url, tokenFile, caFile, certFile, keyFile } = options;
  if (url === undefined) {
    const stray = [caFile, certFile, keyFile].some((file) => file !== undefined);
    if (stray) throw new PlaceError('--ca-file, --cert-file and --key-file are for --url');
    const isGiven = socket !== undefined && !['auto', 'null', ''].includes(socket);
    return { by: 'socket', paths: isGiven ? [socket] : socketsOfServices() };
  }
  if ((certFile === undefined) !== (keyFile === undefined))
    throw new PlaceError('--cert-file and --key-file go together');
  const read = (file: string | undefined): string | undefined =>
    file === undefined ? undefined : readCredentialFile(file);
  return {
    by: 'url',
    url: adminUrl(url),
    token: tokenFile === undefined ? undefined : readToken(tokenFile),
    tls: { ca: read(caFile), cert: read(certFile), key: read(keyFile) },
  };
}

/** Of a relay, or else of a house. */
function socketsOfServices(): readonly string[] {
  return [...likelySockets(socketSurroundings()), ...likelySockets(socketSurroundings('house'))];
}

/** Whether what is sent there goes over a network as it is. */
export function isReadableOnTheWay({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

function adminUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw new PlaceError('--url: expected the URL of an admin listener, such as http://127.0.0.1:9935');
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw new PlaceError('--url: expected no user, password or query: a token is read from --token-file');
  return url;
}

function readToken(file: string): string {
  const [token = '', second] = readCredentialLines(file, tokenProblem);
  if (token === '' || second !== undefined)
    throw new CredentialFileError(`${file}: expected one line, the token`);
  return token;
}

function tokenProblem(token: string): string | undefined {
  if (isKeyHash(token)) return 'expected the token itself: a hash of it is for the relay';
  return /^[\x21-\x7e]{1,4096}$/.test(token)
    ? undefined
    : 'expected a token of printable ASCII, without blanks';
}
