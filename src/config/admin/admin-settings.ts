import { z } from 'zod';
import { networkProblem } from '../networks.ts';
import { checkedString, fileName, section, settings } from '../setting-schema.ts';

/** What whoever has a token of the admin API may do: look, or change things as well. */
export const adminRoles = ['read', 'operate'] as const;

/** One of {@link adminRoles}. */
export type AdminRole = (typeof adminRoles)[number];

/** A token of the admin API. */
export interface AdminTokenSettings {
  /** Who has it, in the audit lines: 1 to 64 letters, digits and `._@-`. */
  readonly name: string;
  readonly role: AdminRole;
  /** File that holds it, as it is or as `sha256:...`, a line each where it is being replaced; `#` begins a comment. */
  readonly file: string;
}

/** The admin API. */
export interface AdminSettings {
  /** Path of the Unix socket that it is served on as well; `auto` (default): where `streampump ctl` looks for it; null: none. */
  readonly socket: string | null;
  /** Who may use it besides; default: nobody. */
  readonly tokens: readonly AdminTokenSettings[];
  /** Hosts that pulls and forwards made by the API may connect to: names, `*.example.org`, networks, `host:port`; default: none. */
  readonly hosts: readonly string[];
}

/** A Unix socket's path may have so many bytes on Linux, the end of the text included. */
const MAX_SOCKET_BYTES = 107;

/** Schema of `admin`. */
export const adminSettings: z.ZodType<AdminSettings> = section<AdminSettings>(
  {
    socket: checkedString(socketProblem, 'path').nullable().default('auto'),
    tokens: z
      .array(
        settings<AdminTokenSettings>({
          name: checkedString(tokenNameProblem, 'name'),
          role: z.enum(adminRoles),
          file: fileName,
        }),
      )
      .default([]),
    hosts: z.array(checkedString(allowedHostProblem, 'host')).default([]),
  },
  ({ tokens }, context) => {
    if (!Array.isArray(tokens)) return;
    const names = tokens.map((token: Partial<AdminTokenSettings> | null) => token?.name);
    for (const [index, name] of names.entries()) {
      if (name === undefined || names.indexOf(name) === index) continue;
      const message = `this name is taken by admin.tokens.${names.indexOf(name)}`;
      context.addIssue({ code: 'custom', path: ['tokens', index, 'name'], message });
    }
  },
);

function socketProblem(path: string): string | undefined {
  if (path === 'auto') return undefined;
  const isPath = path.startsWith('/') && !path.includes('\0') && Buffer.byteLength(path) <= MAX_SOCKET_BYTES;
  return isPath ? undefined : `expected "auto", or an absolute path of at most ${MAX_SOCKET_BYTES} bytes`;
}

function tokenNameProblem(name: string): string | undefined {
  return /^[\w.@-]{1,64}$/.test(name)
    ? undefined
    : 'expected 1 to 64 letters, digits and characters of ._@- as a name';
}

/** What is wrong with an entry of `admin.hosts`; undefined when nothing is. */
export function allowedHostProblem(text: string): string | undefined {
  if (networkProblem(text) === undefined) return undefined;
  const [, host = '', port] =
    /^(\[[\da-f:.]+\]|(?:\*\.)?[\w-]+(?:\.[\w-]+)*)(?::(\d{1,5}))?$/i.exec(text) ?? [];
  const isPort = port === undefined || (Number(port) >= 1 && Number(port) <= 65_535);
  const isHost = host.startsWith('[') ? networkProblem(host.slice(1, -1)) === undefined : host !== '';
  if (isHost && isPort && host.length <= 255 && !(host.startsWith('[') && port === undefined))
    return undefined;
  return 'expected a host name, *.example.org, a network such as 10.0.0.0/8, or a host with its port such as media.example.org:1935';
}
