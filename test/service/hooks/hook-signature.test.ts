import { expect, test } from 'vitest';
import { signatureHeaders } from '../../../src/service/hooks/hook-signature.ts';

test('signs as the vector of Standard Webhooks says', () => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
  expect(signatureHeaders(secret, id, 1_614_265_330_999, '{"test": 2432232314}')).toEqual({
    'webhook-id': id,
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

test('a secret that is text is the key itself; without one there is no signature', () => {
  // printf '1.2.{}' | openssl dgst -sha256 -hmac 'sixteen letters!' -binary | base64
  expect(signatureHeaders('sixteen letters!', '1', 2000, '{}')['webhook-signature']).toBe(
    'v1,zAROMdrB+fNG7dkCyWrvLSjYgwXVPXpuolH69Avsk8E=',
  );
  expect(signatureHeaders(undefined, '1', 2000, '{}')).toEqual({
    'webhook-id': '1',
    'webhook-timestamp': '2',
  });
});
