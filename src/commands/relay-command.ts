import type { Command } from 'commander';
import type { RelayOverrides } from '../config/load-config.ts';

/** What the command line says about a relay. */
export interface RelayOptions extends RelayOverrides {
  readonly config?: string;
  readonly check?: boolean;
  readonly replace?: boolean;
}

/** Describes `relay` and its options. @param run - what it does */
export function describeRelay(command: Command, run: (options: RelayOptions) => Promise<void>): void {
  command
    .description('run a relay')
    .option(
      '-c, --config <file>',
      'read this configuration file (default: the one that STREAMPUMP_CONFIG names)',
    )
    .option('--host <address>', 'listen for publishers and players on this address')
    .option('--rtmp-port <port>', 'RTMP port; 0 picks a free one')
    .option('--http-port <port>', 'HTTP and WebSocket port; 0 picks a free one')
    .option('--admin-port <port>', 'port for metrics and health checks; 0 picks a free one')
    .option(
      '--upstream <url>',
      'pull every stream on demand from this relay or server, such as rtmp://parent or http://parent:8080; repeat it for failover, preferred first',
      (url: string, former: readonly string[] = []) => [...former, url],
    )
    .option(
      '--house <url>',
      'belong to this house, such as https://house.example.org, which says what to relay',
    )
    .option('--house-id <id>', 'what that house calls this relay')
    .option('--house-key-file <file>', "file with this relay's key, 16 characters or more")
    .option(
      '--replace',
      'take over from the relay that runs here: bind its ports beside it, then have it drain',
    )
    .option('--check', 'report every problem that a start would run into, without opening a port, and exit')
    .action(run);
}
