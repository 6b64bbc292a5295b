/** Icons in the colours of JupyterLab's theme. */

const drawn = (inside: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24"><g class="jp-icon3" fill="#616161">${inside}</g></svg>`;

/** Three nodes, connected. */
export const CANVAS_ICON = drawn(
  '<rect x="2" y="3" width="8" height="6" rx="1.5"/><rect x="14" y="9" width="8" height="6" rx="1.5"/>' +
    '<rect x="2" y="15" width="8" height="6" rx="1.5"/>' +
    '<path d="M10 5.2h1.5a1.5 1.5 0 0 1 1.5 1.5v4.5h-2V7.2H10zM10 18.8h1.5a1.5 1.5 0 0 0 1.5-1.5V12.8h-2v4H10z"/>',
);

/** Four pictures. */
export const GALLERY_ICON = drawn(
  '<rect x="3" y="3" width="8" height="8" rx="1.5"/><rect x="13" y="3" width="8" height="8" rx="1.5"/>' +
    '<rect x="3" y="13" width="8" height="8" rx="1.5"/><rect x="13" y="13" width="8" height="8" rx="1.5"/>',
);

/** A list, of which some is done. */
export const JOBS_ICON = drawn(
  '<rect x="3" y="4" width="18" height="4" rx="1.5"/><rect x="3" y="10" width="12" height="4" rx="1.5"/>' +
    '<rect x="3" y="16" width="7" height="4" rx="1.5"/>',
);
