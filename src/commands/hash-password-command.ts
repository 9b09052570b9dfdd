import { type Command, InvalidArgumentError } from 'commander';
import {
  type ExtraVerifier,
  extraVerifiers,
  hashPassword,
  passwordProblem,
  realmProblem,
  userProblem,
} from '../credentials/password-verifiers.ts';
import { checked } from './checked-option.ts';
import { readSecret } from './typed-secret.ts';

interface HashPasswordOptions {
  readonly user: string;
  readonly for?: readonly ExtraVerifier[];
  readonly realm: string;
}

/** Describes the command that makes what is stored of a user's password. */
export function describeHashPassword(command: Command): void {
  command
    .description(
      'make the line of a user for access.rules from a password, which is read from standard input',
    )
    .requiredOption('--user <name>', 'the name of the user', checked(userProblem))
    .option(
      '--for <list>',
      'also for rtmp, the challenge that encoders do, for digest, HTTP Digest, or for both: rtmp,digest; who reads what is made for these can log in with it',
      extraList,
    )
    .option('--realm <realm>', 'realm of HTTP Digest, as in the config', checked(realmProblem), 'streampump')
    .action(async ({ user, for: extra = [], realm }: HashPasswordOptions) => {
      const password = await readSecret(command, 'password');
      const problem = passwordProblem(password);
      if (problem !== undefined) command.error(`error: ${problem}`);
      console.log(await hashPassword(user, password, extra, realm));
    });
}

function extraList(text: string): readonly ExtraVerifier[] {
  const names = text.split(',');
  const known = extraVerifiers.filter((name) => names.includes(name));
  if (known.length === 0 || known.length !== names.length)
    throw new InvalidArgumentError('Expected rtmp, digest or rtmp,digest.');
  return known;
}
