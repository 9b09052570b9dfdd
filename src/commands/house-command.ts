import type { Command } from 'commander';
import { describeHashKey, relayKey } from './hash-key-command.ts';
import { describeHouseJoin, type HouseJoin } from './house-join-command.ts';

/** What the command line says about a house. */
export interface HouseOptions {
  readonly config?: string;
  readonly check?: boolean;
}

/**
 * Describes `house`, its options and what is in it.
 * @param run - what it does
 * @param join - what `house join` does
 */
export function describeHouse(
  command: Command,
  run: (options: HouseOptions) => Promise<void>,
  join: (join: HouseJoin) => Promise<void>,
): void {
  command
    .description('run a house, which sends each player of a fleet of relays to its relay')
    .option(
      '-c, --config <file>',
      'read this configuration file (default: the one that STREAMPUMP_CONFIG names)',
    )
    .option('--check', 'report every problem that a start would run into, without opening a port, and exit')
    .action(run);
  describeHashKey(command.command('hash-key'), relayKey);
  describeHouseJoin(command.command('join'), join);
}
