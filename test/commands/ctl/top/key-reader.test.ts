import { expect, test } from 'vitest';
import { keysIn } from '../../../../src/commands/ctl/top/key-reader.ts';

test.for([
  { sent: '\x1b[A\x1bOB', keys: ['up', 'down'] },
  { sent: '\x1b[5~\x1b[6~\x1b[H\x1b[4~', keys: ['pageUp', 'pageDown', 'home', 'end'] },
  { sent: '/cam\r', keys: [{ text: '/' }, { text: 'c' }, { text: 'a' }, { text: 'm' }, 'enter'] },
  { sent: '日\x7f', keys: [{ text: '日' }, 'backspace'] },
  { sent: '\x1b', keys: ['escape'] },
  { sent: '\x03\x1a\x0c', keys: ['ctrl-c', 'ctrl-z', 'ctrl-l'] },
  { sent: '\x1b[1;5C\x1b[200~\x01q', keys: [{ text: 'q' }] },
])('$sent is $keys', ({ sent, keys }) => {
  expect(keysIn(sent)).toEqual(keys);
});
