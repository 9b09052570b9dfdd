import type { Command } from 'commander';

/** What the command line says about a relay that is to join a fleet. */
export interface HouseJoin {
  /** Of the house. */
  readonly url: string;
  readonly tokenFile: string;
  readonly keyFile: string;
  readonly caFile: string | null;
  readonly insecure: boolean;
}

interface JoinOptions {
  readonly keyFile: string;
  readonly caFile?: string;
  readonly insecure?: boolean;
}

/** Describes `house join` and its options. @param run - what it does */
export function describeHouseJoin(command: Command, run: (join: HouseJoin) => Promise<void>): void {
  command
    .description('make this relay known to a house that has invited it: its key is made here, and stays here')
    .argument('<url>', 'the house, such as https://house.example.org')
    .argument('<token-file>', 'file with the token of the invitation, good for one relay and one hour')
    .requiredOption('--key-file <file>', "file with the relay's key; where there is none it is made")
    .option(
      '--ca-file <file>',
      "authorities that the house's certificate is checked by (default: those of the system)",
    )
    .option('--insecure', 'go without TLS: whoever is on the way can read the token')
    .action((url: string, tokenFile: string, { keyFile, caFile = '', insecure = false }: JoinOptions) =>
      run({ url, tokenFile, keyFile, caFile: caFile === '' ? null : caFile, insecure }),
    );
}
