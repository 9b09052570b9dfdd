/** On every answer of the admin listener: no other origin's page shows it inside of itself, and nobody takes a text for anything else. */
export const safeHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "frame-ancestors 'self'",
  'x-frame-options': 'SAMEORIGIN',
  'x-content-type-options': 'nosniff',
} as const;
