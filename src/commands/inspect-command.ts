import { type Command, InvalidArgumentError } from 'commander';

/** What is to be inspected, and what is to be made of it. */
export interface InspectRequest {
  /** Names of captures, or of files with the bytes of one direction; `-` for standard input. */
  readonly files: readonly string[];
  readonly options: InspectOptions;
}

export interface InspectOptions {
  readonly json?: true;
  readonly stats?: true;
  readonly chunks?: true;
  readonly extract?: string;
  readonly showSecrets?: true;
  readonly listen?: Endpoint;
  readonly to?: Endpoint;
}

/** An address and a port. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Describes the command that shows what is inside captures. */
export function describeInspect(command: Command, run: (request: InspectRequest) => Promise<void>): void {
  command
    .description('show what is inside captures of RTMP, RTMPT, HTTP-FLV and MMSH, and where they break')
    .argument('[files...]', 'pcap or pcapng files, or the bytes of one direction; - for standard input')
    .option(
      '--listen <[host:]port>',
      'take connections there, and show them as they happen: what encoders publish, or with --to any',
      endpoint,
    )
    .option('--to <host:port>', 'server to which these connections are passed on', endpoint)
    .option('--stats', 'show what each stream is like in place of its messages')
    .option('--chunks', 'show chunks, too')
    .option('--extract <file>', 'write the media to this file, of more streams to FILE-2, FILE-3 and so on')
    .option('--show-secrets', 'do not hide names that are published to, queries, passwords and tokens')
    .option('--json', 'write JSON, a line each')
    .action(async (files: readonly string[], options: InspectOptions) => {
      const { listen, to } = options;
      if (to !== undefined && listen === undefined) command.error('error: expected --listen with --to');
      if ((files.length === 0) === (listen === undefined))
        command.error('error: expected either files or --listen');
      await run({ files, options });
    });
}

/** `1935`, `192.0.2.1:1935` or `[::1]:1935`; without a host it is the machine's own. */
function endpoint(text: string): Endpoint {
  const [, bracketed, plain, port = ''] = /^(?:(?:\[([^\]]+)\]|([^:[\]]+)):)?(\d+)$/.exec(text) ?? [];
  const value = Number(port);
  if (port === '' || value > 65_535)
    throw new InvalidArgumentError('Expected a port, such as 1935, or 192.0.2.1:1935.');
  return { host: bracketed ?? plain ?? '127.0.0.1', port: value };
}
