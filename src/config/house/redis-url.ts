/** Where a Redis is, and who a house is there. */
export interface RedisPlace {
  /** A machine, or else a Unix socket. */
  readonly server:
    | { readonly host: string; readonly port: number; readonly isTls: boolean }
    | { readonly path: string };
  /** Null: Redis asks for none, or has no names. */
  readonly username: string | null;
  readonly password: string | null;
  readonly database: number;
  /** For people: without user and password. */
  readonly shown: string;
}

/** What is wrong with the URL of a Redis, as a sentence that begins with "expected" and does not repeat it; undefined when nothing is. */
export function redisUrlProblem(url: string): string | undefined {
  return readRedisUrl(url) === undefined
    ? 'expected the URL of a Redis, such as redis://:password@host:6379/0, rediss://host or unix:///run/redis/redis.sock'
    : undefined;
}

/** Reads `redis://`, `rediss://` (over TLS) and `unix://` URLs; undefined for what is none. */
export function readRedisUrl(url: string): RedisPlace | undefined {
  const [, scheme = '', rest = ''] = /^(rediss?|unix):\/\/(\S+)$/i.exec(url) ?? [];
  const parsed =
    scheme === '' ? null : URL.parse(`http://${scheme === 'unix' ? rest.replace(/^(?=\/)/, 'unix') : rest}`);
  if (parsed === null || parsed.search !== '' || parsed.hash !== '') return undefined;
  const username = decode(parsed.username);
  const password = decode(parsed.password);
  if (username === undefined || password === undefined) return undefined;
  const who = { username: username === '' ? null : username, password: password === '' ? null : password };
  if (scheme.toLowerCase() === 'unix') {
    const path = decode(parsed.pathname) ?? '';
    return path === '/' || path === ''
      ? undefined
      : { server: { path }, ...who, database: 0, shown: `unix://${path}` };
  }
  const [, digits] = /^\/?(\d{0,5})$/.exec(parsed.pathname) ?? [];
  if (digits === undefined || parsed.hostname === '') return undefined;
  const port = portOf(rest);
  if (port === undefined) return undefined;
  const server = {
    host: parsed.hostname.replace(/^\[|\]$/g, ''),
    port,
    isTls: scheme.toLowerCase() === 'rediss',
  };
  const database = Number(digits);
  return {
    server,
    ...who,
    database,
    shown: `${scheme.toLowerCase()}://${parsed.hostname}:${port}/${database}`,
  };
}

const REDIS_PORT = 6379;

/** Port 80 goes without saying to the URL parser: it is read from what is written. */
function portOf(rest: string): number | undefined {
  const [authority = ''] = rest.split('/', 1);
  const [, digits] = /:(\d+)$/.exec(authority.slice(authority.lastIndexOf('@') + 1)) ?? [];
  const port = digits === undefined ? REDIS_PORT : Number(digits);
  return port > 0 && port < 65_536 ? port : undefined;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
