import {
  type ClientEvent,
  ClientParser,
  encodeExtendedDesktopSize,
  encodeRectHead,
  encodeSetEncodings,
  encodeSetPixelFormat,
  encodeUpdateHead,
  encodeUpdateRequest,
  ENCODING,
  pixelFormatBgrx,
  type Rect,
  SERVER_HANDSHAKE,
  type ServerEvent,
  ServerParser,
  VIEWER_ENCODINGS,
} from '@orangery/rfb';
import { OrangeryError } from '@orangery/std';
import { Encoder, type PixelOrder } from './encoder.ts';
import { Screen } from './screen.ts';

export type DeliveryPorts = {
  toConsole: (bytes: Buffer) => void;
  /** Answers whether the viewer takes more now; else `viewerHasRoom` is called later. */
  toViewer: (bytes: Buffer) => boolean;
};

type Size = { width: number; height: number; byUs: boolean; status: number };

/**
 * Stands between a console and its viewer, for each the other end of RFB. It reads the console at full speed and keeps its
 * picture; the viewer gets what changed since it last had something, when it asks and has room. So a slow line never holds
 * the console up, and what was drawn over meanwhile is never sent.
 *
 *     console ── Raw ──► screen ── moves, changed pixels ──► viewer
 *
 * Throws an OrangeryError on what either end may not say; nothing is to be told it afterwards.
 */
export class Delivery {
  readonly #ports: DeliveryPorts;
  readonly #console = new ServerParser((event) => this.#onConsole(event));
  readonly #viewer = new ClientParser();
  readonly #encoder = new Encoder();
  #screen: Screen | undefined;
  #name = '';
  #fromViewer: Buffer[] = [];
  #viewerReady = false;
  #accepts: ReadonlySet<number> = new Set();
  /** The viewer asked for what is new. */
  #wanted = false;
  #room = true;
  #size: Size | undefined;
  #cursor: { rect: Rect; bytes: Buffer } | undefined;
  #keys: 'unknown' | 'new' | 'told' = 'unknown';

  constructor(ports: DeliveryPorts) {
    this.#ports = ports;
  }

  fromConsole(bytes: Buffer): void {
    this.#console.push(bytes);
    this.#serve();
  }

  fromViewer(bytes: Buffer): void {
    // It is greeted by the console's name and size, and says nothing before.
    const refusal = this.#viewer.push(bytes, (event) => this.#onViewer(event));
    if (refusal !== undefined) throw new OrangeryError(refusal.code, refusal.reason);
    const passing = this.#fromViewer;
    this.#fromViewer = [];
    if (passing.length > 0) this.#ports.toConsole(Buffer.concat(passing));
    this.#serve();
  }

  viewerHasRoom(): void {
    this.#room = true;
    this.#serve();
  }

  #onConsole(event: ServerEvent): void {
    switch (event.kind) {
      case 'send':
        this.#ports.toConsole(event.bytes);
        break;
      case 'init':
        this.#screen = new Screen(event.width, event.height);
        this.#name = event.name;
        this.#ports.toConsole(
          Buffer.concat([encodeSetPixelFormat(pixelFormatBgrx()), encodeSetEncodings(VIEWER_ENCODINGS)]),
        );
        this.#ask(false);
        this.#tell(SERVER_HANDSHAKE.greeting());
        break;
      case 'rows':
        this.#screen?.draw(event.rect, event.pixels);
        break;
      case 'copied':
        this.#screen?.copy(event.rect, event.fromX, event.fromY);
        break;
      case 'resized':
        this.#resized(event);
        break;
      case 'cursor':
        this.#cursor = { rect: event.rect, bytes: Buffer.from(event.bytes) };
        break;
      case 'extendedKeys':
        if (this.#keys === 'unknown') this.#keys = 'new';
        break;
      case 'updateEnds':
        // At once, and not when the viewer does: over a line of 100 ms that would be 7 pictures a second.
        this.#ask(true);
        break;
      case 'updateBegins':
      case 'bell':
        break;
    }
  }

  #resized({ width, height, byUs, status }: Extract<ServerEvent, { kind: 'resized' }>): void {
    const before = this.#screen?.picture;
    const changed = before?.width !== width || before.height !== height;
    if (changed) this.#screen?.resize(width, height);
    // A viewer that knows no screen layout is told of sizes alone.
    this.#size = { width, height, byUs, status };
  }

  #onViewer(event: ClientEvent): void {
    switch (event.kind) {
      case 'version':
        this.#tell(SERVER_HANDSHAKE.securityTypes());
        break;
      case 'security':
        this.#tell(SERVER_HANDSHAKE.securityResult());
        break;
      case 'init': {
        const { width = 0, height = 0 } = this.#screen?.picture ?? {};
        this.#tell(SERVER_HANDSHAKE.init(width, height, this.#name));
        this.#viewerReady = true;
        break;
      }
      case 'message':
        this.#hear(event);
        break;
    }
  }

  #hear({ message, bytes }: Extract<ClientEvent, { kind: 'message' }>): void {
    switch (message.name) {
      case 'setPixelFormat':
        this.#encoder.order = orderOf(bytes);
        this.#encoder.forget();
        break;
      case 'setEncodings':
        this.#accepts = new Set(message.encodings);
        this.#encoder.moves = this.#accepts.has(ENCODING.copyRect);
        if (this.#keys === 'told') this.#keys = 'new';
        break;
      case 'framebufferUpdateRequest':
        this.#wanted = true;
        if (!message.incremental) this.#encoder.forget();
        break;
      case 'keyEvent':
      case 'pointerEvent':
      case 'qemuExtendedKeyEvent':
      case 'setDesktopSize':
        this.#fromViewer.push(Buffer.from(bytes));
        break;
      case 'clientCutText':
      case 'enableContinuousUpdates':
      case 'clientFence':
      case 'qemuAudio':
      case 'xvp':
        break;
    }
  }

  #ask(incremental: boolean): void {
    const { width = 0, height = 0 } = this.#screen?.picture ?? {};
    this.#ports.toConsole(encodeUpdateRequest(incremental, { x: 0, y: 0, width, height }));
  }

  #tell(bytes: Buffer): void {
    this.#room = this.#ports.toViewer(bytes);
  }

  /** One update for one request, as soon as there is something to say. */
  #serve(): void {
    const screen = this.#screen;
    if (screen === undefined || !this.#viewerReady || !this.#wanted || !this.#room) return;
    const update = this.#sizeUpdate() ?? this.#pointerUpdate() ?? this.#pictureUpdate(screen);
    if (update === undefined) return;
    this.#wanted = false;
    this.#tell(update);
  }

  /** Alone in its update: what follows is of the new size. */
  #sizeUpdate(): Buffer | undefined {
    const size = this.#size;
    this.#size = undefined;
    if (size === undefined) return undefined;
    const { width, height, byUs, status } = size;
    if (this.#accepts.has(ENCODING.extendedDesktopSize)) {
      const rect = encodeExtendedDesktopSize(width, height, byUs ? 1 : 0, status);
      return Buffer.concat([encodeUpdateHead(1), rect]);
    }
    if (!this.#accepts.has(ENCODING.desktopSize)) {
      throw new OrangeryError(
        'rfbUnsupportedClient',
        'the viewer cannot follow a change of the desktop’s size',
      );
    }
    return Buffer.concat([
      encodeUpdateHead(1),
      encodeRectHead({ x: 0, y: 0, width, height }, ENCODING.desktopSize),
    ]);
  }

  #pointerUpdate(): Buffer | undefined {
    const rects: Buffer[][] = [];
    if (this.#keys === 'new' && this.#accepts.has(ENCODING.qemuExtendedKey)) {
      this.#keys = 'told';
      rects.push([encodeRectHead({ x: 0, y: 0, width: 0, height: 0 }, ENCODING.qemuExtendedKey)]);
    }
    if (this.#cursor !== undefined && this.#accepts.has(ENCODING.cursor)) {
      const { rect, bytes } = this.#cursor;
      this.#cursor = undefined;
      rects.push([
        encodeRectHead(rect, ENCODING.cursor),
        this.#encoder.inOrder(bytes, rect.width * rect.height),
      ]);
    }
    if (rects.length === 0) return undefined;
    return Buffer.concat([encodeUpdateHead(rects.length), ...rects.flat()]);
  }

  #pictureUpdate(screen: Screen): Buffer | undefined {
    if (!screen.changed && this.#encoder.knows(screen.picture)) return undefined;
    return this.#encoder.encode(screen.picture, screen.takeDamage())?.bytes;
  }
}

/** RFC 6143 7.4, after 4 bytes of the message: what browsers and our own client ask for; others convert in vain. */
function orderOf(bytes: Buffer): PixelOrder {
  const [bitsPerPixel, bigEndian, trueColour] = [bytes[4], bytes[6], bytes[7]];
  const maxima = [8, 10, 12].map((at) => bytes.readUInt16BE(at));
  const [red, green, blue] = [bytes[14], bytes[15], bytes[16]];
  const plain =
    bitsPerPixel === 32 && bigEndian === 0 && trueColour !== 0 && maxima.every((max) => max === 255);
  if (plain && green === 8 && red === 16 && blue === 0) return { red, blue };
  if (plain && green === 8 && red === 0 && blue === 16) return { red, blue };
  throw new OrangeryError(
    'rfbUnsupportedClient',
    'the viewer asks for pixels in another form than 32 bits, 8 for each colour, green in the middle',
  );
}
