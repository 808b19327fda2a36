/** Nothing inline, nothing foreign; the viewer decodes pictures in blobs and canvases. */
export const policy = (style: string): string =>
  [
    `default-src 'none'`,
    `script-src 'self'`,
    `style-src 'self'${style}`,
    `img-src 'self' data: blob:`,
    `font-src 'self' data:`,
    `connect-src 'self'`,
    `manifest-src 'self'`,
    `base-uri 'none'`,
    `form-action 'self'`,
    `frame-ancestors 'none'`,
  ].join('; ');

/** Of every answer. */
export const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': policy(''),
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
};
