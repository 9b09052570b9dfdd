import { expect, test } from 'vitest';
import { logEvents } from '../../src/log-events.ts';
import { readAlerts } from '../support/deployment.ts';
import { readText } from '../support/markdown.ts';

const page = readText('docs/night-shift.md');
const alerts = readAlerts();
const address = 'https://github.com/streampump/streampump/blob/main/docs/night-shift.md';

/** The sections about alerts, by name. */
const sections = new Map(
  page.split(/^### /m).flatMap((part, at) => {
    const [name = '', ...lines] = part.split('\n');
    return at === 0 ? [] : [[name, lines.join('\n').split(/^## /m)[0] ?? '']];
  }),
);

test('every alert has its section, in the same order, and every section its alert', () => {
  expect([...sections.keys()]).toEqual(alerts.map(({ alert }) => alert));
});

test.for(alerts)('$alert says what it is about, how bad it is and where to read on', (rule) => {
  const { alert, labels = {}, annotations = {} } = rule;
  expect(['critical', 'warning']).toContain(labels['severity']);
  expect(annotations).toEqual({
    summary: expect.stringMatching(/\{\{ \$labels\.\w+ \}\}/),
    description: expect.stringMatching(/\w{3}.*\.$/),
    runbook_url: `${address}#${alert.toLowerCase()}`,
  });
});

test.for(alerts)(
  'the section of $alert says what it means, how to see it, what to do and whom to wake',
  (rule) => {
    const section = sections.get(rule.alert) ?? '';
    const [meaning = ''] = section.split('\n- ');
    expect(meaning).toContain(`(${rule.labels?.['severity']})`);
    for (const question of ['**See**', '**Wake somebody**']) expect(section).toContain(question);
    expect(section).toMatch(/\*\*Do\*\*|\*\*do\*\*|what to do/);
  },
);

test('commands and log events that it names are there', () => {
  const commands = [...page.matchAll(/streampump ctl ([a-z-]+)/g)].map(([, command]) => command);
  const known = [...readText('docs/command-line.md').matchAll(/Usage: streampump ctl ([a-z-]+)/g)];
  expect(new Set(commands).size).toBeGreaterThan(5);
  expect(known.map(([, command]) => command)).toEqual(expect.arrayContaining([...new Set(commands)]));
  const events = [...page.matchAll(/event `([\w-]+)`/g)].map(([, event = '']) => event);
  expect(events.length).toBeGreaterThan(5);
  expect(events.filter((event) => !(event in logEvents))).toEqual([]);
});
