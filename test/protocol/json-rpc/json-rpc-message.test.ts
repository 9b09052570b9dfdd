import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodeJsonRpc,
  encodeError,
  encodeRequest,
  encodeResult,
} from '../../../src/protocol/json-rpc/json-rpc-message.ts';

const invalid = (id: string | number | null = null) => ({ is: 'single', message: { is: 'invalid', id } });
const single = (message: object) => ({ is: 'single', message });

// most of them are the examples of section 7 of the specification
test.each([
  [
    '{"jsonrpc": "2.0", "method": "subtract", "params": [42, 23], "id": 1}',
    single({ is: 'request', method: 'subtract', params: [42, 23], id: 1 }),
  ],
  [
    '{"jsonrpc": "2.0", "method": "subtract", "params": {"subtrahend": 23}, "id": "3"}',
    single({ is: 'request', method: 'subtract', params: { subtrahend: 23 }, id: '3' }),
  ],
  [
    '{"jsonrpc": "2.0", "method": "foobar"}',
    single({ is: 'request', method: 'foobar', params: [], id: undefined }),
  ],
  [
    '{"jsonrpc": "2.0", "method": "x", "id": null}',
    single({ is: 'request', method: 'x', params: [], id: null }),
  ],
  ['{"jsonrpc": "2.0", "result": 19, "id": 1}', single({ is: 'result', id: 1, value: 19 })],
  ['{"jsonrpc": "2.0", "result": null, "id": 1}', single({ is: 'result', id: 1, value: null })],
  [
    '{"jsonrpc": "2.0", "error": {"code": -32601, "message": "no"}, "id": "1"}',
    single({ is: 'error', id: '1', value: { code: -32601, message: 'no' } }),
  ],
  ['{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]', { is: 'unreadable' }],
  ['', { is: 'unreadable' }],
  ['{"jsonrpc": "2.0", "method": 1, "params": "bar"}', invalid()],
  ['{"jsonrpc": "2.0", "method": "x", "params": "bar", "id": 4}', invalid(4)],
  ['{"jsonrpc": "2.0", "method": "x", "params": null}', invalid()],
  ['{"jsonrpc": "1.0", "method": "x", "id": 4}', invalid(4)],
  ['{"method": "x", "id": 4}', invalid(4)],
  ['{"jsonrpc": "2.0", "method": "x", "id": [1]}', invalid()],
  ['{"jsonrpc": "2.0", "result": 1, "error": {}, "id": 1}', invalid(1)],
  ['{"jsonrpc": "2.0", "result": 1}', invalid()],
  ['{"jsonrpc": "2.0", "id": 1}', invalid(1)],
  ['[]', invalid()],
  ['1', invalid()],
  ['null', invalid()],
  [
    '[1, {"jsonrpc": "2.0", "method": "x"}]',
    {
      is: 'batch',
      messages: [
        { is: 'invalid', id: null },
        { is: 'request', method: 'x', params: [], id: undefined },
      ],
    },
  ],
])('%s', (text, read) => {
  expect(decodeJsonRpc(text)).toEqual(read);
});

test('what is said can be read', () => {
  const request = { is: 'request', method: 'f', params: [1], id: 7 };
  expect(decodeJsonRpc(encodeRequest('f', [1], 7))).toEqual(single(request));
  expect(decodeJsonRpc(encodeRequest('f', [1]))).toEqual(single({ ...request, id: undefined }));
  expect(decodeJsonRpc(encodeResult('a', [2]))).toEqual(single({ is: 'result', id: 'a', value: [2] }));
  expect(decodeJsonRpc(encodeError(null, -1, 'no', 3))).toEqual(
    single({ is: 'error', id: null, value: { code: -1, message: 'no', data: 3 } }),
  );
});

test('no text is a fault', () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void decodeJsonRpc(text)));
});
