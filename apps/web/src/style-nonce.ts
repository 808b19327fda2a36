/**
 * By this the page's own policy lets styles in that are made while it runs; the server makes another one with each page.
 * Browsers show it to scripts of the page alone, not to styles that somebody has smuggled in.
 */
export const styleNonce: string =
  document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')?.nonce ?? '';

// The library under the dialogs, which keeps the page behind them still, asks for it here.
Object.assign(globalThis, { __webpack_nonce__: styleNonce });
