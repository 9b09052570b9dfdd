import { expect, test } from 'vitest';
import { argumentProblem, fillArgument, programProblem } from '../../../src/config/hooks/exec-arguments.ts';

const values = {
  event: 'publish',
  stream: 'live/cam1',
  app: 'live',
  name: 'cam1',
  session: 'c7',
  protocol: 'rtmp',
  address: '192.0.2.1',
  identity: '',
  reason: '',
};

test.each([
  { argument: '{stream}', filled: 'live/cam1' },
  { argument: '--stream={stream}', filled: '--stream=live/cam1' },
  { argument: '--who={identity}', filled: '--who=' },
  { argument: '{app}-{name}.flv', filled: 'live-cam1.flv' },
  { argument: '-v', filled: '-v' },
  { argument: '{identity}', filled: undefined },
  { argument: '{identity}{name}', filled: 'cam1' },
])('$argument becomes $filled', ({ argument, filled }) => {
  expect(fillArgument(argument, values)).toBe(filled);
});

test.each(['{stream}', '{name}.flv', '{identity}{name}'])('%s never becomes an option', (argument) => {
  const hostile = { ...values, stream: '-rf', name: '--output=/etc/passwd' };
  expect(fillArgument(argument, hostile)).toBeUndefined();
});

test('a value is put in as it is, and not looked at again', () => {
  expect(fillArgument('x{name}', { ...values, name: '{session} $(id) `id` $& "; rm' })).toBe(
    'x{session} $(id) `id` $& "; rm',
  );
});

test('only known placeholders, and a program from the root', () => {
  expect(argumentProblem('{stream} {event}')).toBeUndefined();
  expect(argumentProblem('{query}')).toBe(
    'expected only {event}, {stream}, {app}, {name}, {session}, {protocol}, {address}, {identity}, {reason} in braces',
  );
  expect(argumentProblem('a\0b')).toBe('expected an argument without NUL');
  expect(programProblem('/usr/local/bin/notify')).toBeUndefined();
  expect(programProblem('notify')).toMatch(/^expected the path of a program from the root/);
  expect(programProblem('/bin/{event}')).toBe('expected a program without placeholders');
});
