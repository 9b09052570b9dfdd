import { Command } from 'commander';
import { load } from '../../load-tester/load.ts';
import { describeLoad, type LoadCommand } from '../../load-tester/load-command.ts';
import type { PlayedMedia } from '../../load-tester/protocols/player-protocol.ts';
import type { Report } from '../../load-tester/report/report.ts';

/** What a load test that was run with `--json` came to. */
export interface LoadRun {
  readonly exitCode: number;
  readonly report: Report;
}

/** What the command line of a load test asks for. @throws CommanderError when it is wrong */
export async function parseLoad(args: readonly string[]): Promise<LoadCommand> {
  const { promise, resolve } = Promise.withResolvers<LoadCommand>();
  const command = new Command('load')
    .exitOverride()
    .configureOutput({ writeErr: () => {}, writeOut: () => {} });
  describeLoad(command, async (order) => resolve(order));
  await command.parseAsync(args, { from: 'user' });
  return promise;
}

/** Runs a load test from its command line in this process. @param signal - ends it before its time */
export async function runLoad(args: readonly string[], signal?: AbortSignal): Promise<LoadRun> {
  const { plan, thresholds } = await parseLoad(args);
  let text = '';
  const exitCode = await load(plan, thresholds, signal ?? new AbortController().signal, {
    out: { write: (more) => (text += more) },
    err: { write: (line) => line, isTTY: false },
    json: true,
  });
  return { exitCode, report: JSON.parse(text) as Report };
}

/** What a player hears of a stream, in a word: `type@time payload`, or of ASF the packet size of a header, and `number@time payloads`. */
export function mediaWord(media: PlayedMedia): string {
  switch (media.is) {
    case 'message':
      return `${media.type}@${media.timestamp} ${media.payload.toString('hex')}`;
    case 'asfHeader':
      return `packets of ${media.header.packetBytes}`;
    case 'asfPacket':
      return `${media.locationId ?? '-'}@${media.packet.sendTimeMs} ${media.packet.payloads.map(({ stream }) => stream).join('+')}`;
    default:
      return media satisfies never;
  }
}
