import { describe, expect, test } from 'vitest';
import { findFaults } from './import-rules.ts';

/** Faults of a set of files, given as path and text. */
function faultsOf(files: Readonly<Record<string, string>>): string[] {
  return findFaults(Object.entries(files).map(([path, text]) => ({ path, text })));
}

describe('lets pass', () => {
  test.each([
    ['src/bytes/byte-queue.ts', "import { ProtocolError } from '../errors.ts';"],
    ['src/protocol/rtmp/handshake/handshake.ts', "import { createHmac } from 'node:crypto';"],
    ['src/protocol/rtmp/message/message.ts', "import type { AmfValue } from '../amf/amf-value.ts';"],
    ['src/stream/fan-out/fan-out.ts', "import { tag } from '../protocol/flv/flv-tag.ts';"],
    ['src/session/socket-writer.ts', "import { log } from '../log.ts'; import net from 'node:net';"],
    ['src/config/networks.ts', "import IPCIDR from 'ip-cidr';"],
    ['src/config/settings.ts', "import { z } from 'zod'; export * from './networks.ts';"],
    [
      'src/service/relay/relay.ts',
      "import type { Report } from '../report.ts'; import '../../config/settings.ts';",
    ],
    ['src/service/report.ts', "import '../stream/frame.ts';"],
    ['src/commands.ts', "await import('./process/house-service.ts'); import 'commander'; process.exit(2);"],
    ['src/commands.ts', "import { version } from './version.ts'; await import('../load-tester/load.ts');"],
    ['load-tester/load.ts', "import { Command } from 'commander'; import '../src/protocol/rtmp/message.ts';"],
    ['src/metrics/a.ts', "import { Counter } from 'prom-client'; // import '../session/x.ts'"],
    ['src/stream/frame.ts', 'const text = "import \'../session/x.ts\'; export default 1; process.exit()";'],
  ])('%s: %s', (path, text) => {
    expect(faultsOf({ [path]: text })).toEqual([]);
  });
});

describe('finds', () => {
  test.each([
    [
      'src/errors.ts',
      "import './bytes/byte-queue.ts';",
      'src/errors.ts imports src/bytes/byte-queue.ts, which src/errors.ts may not',
    ],
    [
      'src/bytes/a.ts',
      "import 'node:crypto';",
      'src/bytes/a.ts imports node:crypto, which src/bytes may not',
    ],
    [
      'src/protocol/a.ts',
      "import 'node:net';",
      'src/protocol/a.ts imports node:net, which src/protocol may not',
    ],
    [
      'src/protocol/a.ts',
      "import { log } from '../log.ts';",
      'src/protocol/a.ts imports src/log.ts, which src/protocol may not',
    ],
    [
      'src/stream/a.ts',
      "export { b } from '../session/b.ts';",
      'src/stream/a.ts imports src/session/b.ts, which src/stream may not',
    ],
    [
      'src/stream/a.ts',
      "export * from '../config/b.ts';",
      'src/stream/a.ts imports src/config/b.ts, which src/stream may not',
    ],
    [
      'src/stream/a.ts',
      "import type { B } from '../session/b.ts';",
      'src/stream/a.ts imports src/session/b.ts, which src/stream may not',
    ],
    [
      'src/stream/a.ts',
      "let b: import('../session/b.ts').B;",
      'src/stream/a.ts imports src/session/b.ts, which src/stream may not',
    ],
    [
      'src/stream/a.ts',
      "await import('../session/b.ts');",
      'src/stream/a.ts imports src/session/b.ts, which src/stream may not',
    ],
    ['src/stream/a.ts', 'await import(name);', 'src/stream/a.ts imports a computed path, which has no home'],
    [
      'src/stream/a.ts',
      "import fs = require('node:fs');",
      'src/stream/a.ts imports node:fs, which src/stream may not',
    ],
    [
      'src/session/a.ts',
      "import '../service/b.ts';",
      'src/session/a.ts imports src/service/b.ts, which src/session may not',
    ],
    [
      'src/config/a.ts',
      "import '../stream/b.ts';",
      'src/config/a.ts imports src/stream/b.ts, which src/config may not',
    ],
    ['src/log.ts', "import './config/b.ts';", 'src/log.ts imports src/config/b.ts, which src/log.ts may not'],
    [
      'src/service/relay/a.ts',
      "import '../house/b.ts';",
      'src/service/relay/a.ts imports src/service/house/b.ts, which src/service/relay may not',
    ],
    [
      'src/service/house/a.ts',
      "import type {} from '../relay/b.ts';",
      'src/service/house/a.ts imports src/service/relay/b.ts, which src/service/house may not',
    ],
    [
      'src/service/a.ts',
      "import './relay/b.ts';",
      'src/service/a.ts imports src/service/relay/b.ts, which src/service may not',
    ],
    [
      'src/service/a.ts',
      "import '../commands.ts';",
      'src/service/a.ts imports src/commands.ts, which src/service may not',
    ],
    [
      'load-tester/a.ts',
      "import '../src/session/b.ts';",
      'load-tester/a.ts imports src/session/b.ts, which load-tester may not',
    ],
    [
      'src/session/a.ts',
      "import '../../test/b.ts';",
      'src/session/a.ts imports test/b.ts, which src/session may not',
    ],
    [
      'src/session/a.ts',
      "import { z } from 'zod';",
      'src/session/a.ts imports zod, whose home is src/config or src/service/hooks or src/service/admin or src/service/fleet-link or src/service/house or src/service/relay/house',
    ],
    [
      'src/service/a.ts',
      "import 'prom-client';",
      'src/service/a.ts imports prom-client, whose home is src/metrics',
    ],
    [
      'src/config/a.ts',
      "import 'ip-cidr/lib/x.js';",
      'src/config/a.ts imports ip-cidr/lib/x.js, whose home is src/config/networks.ts or src/service/house/choosing',
    ],
    [
      'src/service/a.ts',
      "import 'commander';",
      'src/service/a.ts imports commander, whose home is src/commands.ts or src/commands or load-tester',
    ],
    [
      'src/session/a.ts',
      "import '@scope/thing/part';",
      'src/session/a.ts imports @scope/thing/part, which has no home',
    ],
    ['src/session/a.ts', "import 'fs';", 'src/session/a.ts imports fs, which has no home'],
    [
      'src/service/a.ts',
      'if (x) process.exit(1);',
      'src/service/a.ts uses process.exit, which is for src/commands.ts',
    ],
    [
      'src/service/a.ts',
      "process['exit'](1);",
      'src/service/a.ts uses process.exit, which is for src/commands.ts',
    ],
    [
      'src/service/a.ts',
      "import { exit as leave } from 'node:process';",
      'src/service/a.ts uses process.exit, which is for src/commands.ts',
    ],
    ['src/bytes/a.ts', 'export default class A {}', 'src/bytes/a.ts has a default export'],
    ['src/bytes/a.ts', 'const a = 1; export { a as default };', 'src/bytes/a.ts has a default export'],
    ['src/helpers/a.ts', '', 'src/helpers/a.ts belongs to no layer'],
    ['src/main.ts', '', 'src/main.ts belongs to no layer'],
  ])('%s: %s', (path, text, fault) => {
    expect(faultsOf({ [path]: text })).toEqual([fault]);
  });

  test('a cycle between files, of types too', () => {
    expect(
      faultsOf({
        'src/bytes/a.ts': "import './b.ts';",
        'src/bytes/b.ts': "import type { C } from './deeper/c.ts';",
        'src/bytes/deeper/c.ts': "export { a } from '../a.ts';",
        'src/bytes/d.ts': "import './a.ts';",
      }),
    ).toEqual(['import cycle: src/bytes/a.ts -> src/bytes/b.ts -> src/bytes/deeper/c.ts -> src/bytes/a.ts']);
  });

  test('a file that imports itself', () => {
    expect(faultsOf({ 'src/bytes/a.ts': "import './a.ts';" })).toEqual([
      'import cycle: src/bytes/a.ts -> src/bytes/a.ts',
    ]);
  });
});

test('a diamond is no cycle', () => {
  expect(
    faultsOf({
      'src/bytes/a.ts': "import './b.ts'; import './c.ts';",
      'src/bytes/b.ts': "import './d.ts';",
      'src/bytes/c.ts': "import './d.ts';",
      'src/bytes/d.ts': '',
    }),
  ).toEqual([]);
});
