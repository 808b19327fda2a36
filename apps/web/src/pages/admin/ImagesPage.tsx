export function ImagesPage(): null { return null; }
