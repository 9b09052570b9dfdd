/** What the arguments of a program may have in braces. */
export const placeholders = [
  'event',
  'stream',
  'app',
  'name',
  'session',
  'protocol',
  'address',
  'identity',
  'reason',
] as const;

/** One of {@link placeholders}. */
export type Placeholder = (typeof placeholders)[number];

/** All that the environment of a program has besides its `PATH`, where there is a value. */
export const programVariables: readonly ProgramVariable[] = [
  ...placeholders,
  ...(['id', 'time', 'query', 'client', 'url', 'durationMs', 'bytes', 'lost'] as const),
];

/** One of {@link programVariables}. */
export type ProgramVariable =
  | Placeholder
  | 'id'
  | 'time'
  | 'query'
  | 'client'
  | 'url'
  | 'durationMs'
  | 'bytes'
  | 'lost';

/** As the environment calls it: `durationMs` is `STREAMPUMP_DURATION_MS`. */
export function programVariableName(variable: ProgramVariable): string {
  return `STREAMPUMP_${variable.replace(/[A-Z]/g, '_$&').toUpperCase()}`;
}

const inBraces = /\{(\w*)\}/g;

/** What is wrong with one argument of a program, as a sentence that begins with "expected"; undefined when nothing is. */
export function argumentProblem(argument: string): string | undefined {
  if (argument.includes('\0')) return 'expected an argument without NUL';
  const known: readonly string[] = placeholders;
  const isKnown = [...argument.matchAll(inBraces)].every(([, name = '']) => known.includes(name));
  const names = placeholders.map((name) => `{${name}}`).join(', ');
  return isKnown ? undefined : `expected only ${names} in braces`;
}

/** What is wrong with the name of a program: it is not looked for in a path. */
export function programProblem(program: string): string | undefined {
  if (!program.startsWith('/'))
    return 'expected the path of a program from the root, such as /usr/local/bin/notify';
  return /[{}]/.test(program) ? 'expected a program without placeholders' : undefined;
}

/**
 * An argument with values for its placeholders; undefined where a value would stand at its beginning, empty or with a hyphen: the
 * program would take that for an option, or the next argument for this one.
 */
export function fillArgument(
  argument: string,
  values: Readonly<Record<Placeholder, string>>,
): string | undefined {
  const filled = argument.replace(inBraces, (_, name: Placeholder) => values[name]);
  if (!argument.startsWith('{')) return filled;
  return filled === '' || filled.startsWith('-') ? undefined : filled;
}
