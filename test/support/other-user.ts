/** A user of the system, by name or number. */
export interface OtherUser {
  readonly user: string;
  readonly group: string;
}

/** Who owns nothing on Debian. */
const nobody: OtherUser = { user: 'nobody', group: 'nogroup' };

/** The words that run a command as another user; where only root may do that and this is not root, the command itself. */
export function asOtherUser(
  command: readonly string[],
  { user, group }: OtherUser = nobody,
): [string, ...string[]] {
  const [program = '', ...args] = command;
  if (process.getuid?.() !== 0) return [program, ...args];
  const become = ['--reuid', user, '--regid', group, '--clear-groups', '--no-new-privs'];
  // the signal at the death of the parent that `runTool` asked for is forgotten where the user changes
  return ['setpriv', ...become, '--pdeathsig', 'KILL', '--', program, ...args];
}
