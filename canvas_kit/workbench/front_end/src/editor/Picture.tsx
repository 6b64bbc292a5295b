import { useEffect, useState } from "react";
import type { Host, MediaKey } from "../host";

/** A recorded picture as a thumbnail, or whole with `edge` 0; other media get their own players. */
export function Picture({
  host,
  media,
  edge,
  alt,
}: {
  host: Host;
  media: MediaKey;
  edge: number;
  alt: string;
}) {
  const [address, setAddress] = useState("");
  const [failed, setFailed] = useState(false);
  const isPicture = media.media_type.startsWith("image/");
  const wanted = isPicture ? edge : 0;
  useEffect(() => {
    let here = true;
    setFailed(false);
    host.picture(media, wanted).then(
      (found) => here && setAddress(found),
      () => here && setFailed(true),
    );
    return () => {
      here = false;
    };
    // A picture is named by its content.
  }, [host, media.run_id, media.file, media.sha256, wanted]);
  if (failed) return <span className="ckw-nopicture">{media.file}</span>;
  const { width, height } = media;
  const ratio = width && height ? { aspectRatio: `${width} / ${height}` } : undefined;
  if (!address) return <span className="ckw-picture ckw-empty" style={ratio ?? { aspectRatio: "1" }} />;
  if (media.media_type.startsWith("audio/")) return <audio controls src={address} aria-label={alt} />;
  if (media.media_type.startsWith("video/")) {
    return <video className="ckw-picture" controls src={address} aria-label={alt} />;
  }
  return <img className="ckw-picture" src={address} alt={alt} style={ratio} draggable={false} />;
}
