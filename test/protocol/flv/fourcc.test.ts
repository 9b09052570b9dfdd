import { expect, test } from 'vitest';
import { FourCc, fourCcCode, fourCcName } from '../../../src/protocol/flv/fourcc.ts';

test.each([
  { fourCc: FourCc.av1, code: 0x61763031 },
  { fourCc: FourCc.hevc, code: 0x68766331 },
  { fourCc: FourCc.mp3, code: 0x2e6d7033 },
  { fourCc: FourCc.ac3, code: 0x61632d33 },
])('$fourCc is one number on the wire', ({ fourCc, code }) => {
  expect(fourCcCode(fourCc)).toBe(code);
});

test('every named FourCC keeps its name', () => {
  for (const fourCc of Object.values(FourCc)) expect(fourCcName(fourCcCode(fourCc))).toBe(fourCc);
});

test.each([
  { code: 0x71717171, name: 'qqqq' },
  { code: 0x0d0a6869, name: '0x0d0a6869' },
  { code: 0xfffefdfc, name: '0xfffefdfc' },
  { code: 0x00000000, name: '0x00000000' },
])('$name is safe to print', ({ code, name }) => {
  expect(fourCcName(code)).toBe(name);
});
