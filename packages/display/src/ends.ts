/** Why a relay ended: `code` is stable, `close` is the WebSocket's close code (RFC 6455 7.4.1). */
export const RELAY_ENDS = {
  clientGone: { close: 1000, reason: 'the browser closed the connection' },
  clientFailed: { close: 1002, reason: "the browser's connection failed" },
  clientSilent: { close: 1000, reason: 'the browser has not answered' },
  clientStalled: { close: 1000, reason: 'the browser does not take the picture' },
  clientMalformed: { close: 1002, reason: 'the browser sent what is not RFB' },
  controlMalformed: { close: 1002, reason: 'the browser sent a control message that is not known' },
  controlFlood: { close: 1008, reason: 'the browser sends too many control messages' },
  consoleEnded: { close: 1000, reason: 'the machine ended its console: it was stopped or moved' },
  consoleFailed: { close: 1011, reason: "the connection to the machine's console failed" },
  consoleStalled: { close: 1011, reason: "the machine's console takes no input" },
} as const;

export type RelayEndCode = keyof typeof RELAY_ENDS;

/** `code` is one of RELAY_ENDS or what `stop` was given. */
export type RelayEnd = { code: string; reason: string };
