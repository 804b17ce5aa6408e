"""``st:<folder or hub name>[?query=PREFIX&passage=PREFIX]`` → an encoder; loads nothing until then."""

from __future__ import annotations

from pathlib import Path

from indexer.encoders.naming import with_options
from indexer.encoders.protocol import Encoder, ModelUnavailable, UnknownEncoder

_SCHEME = "st:"
_OPTIONS = ("query", "passage")


def open_st(name: str, device: str) -> Encoder:
    """Opens it on ``device`` (empty: the best there is).

    ``ModelUnavailable`` where the extra, the folder or the model is missing, ``ModelDamaged`` where it
    cannot be used.
    """
    place, prompts = with_options(name.removeprefix(_SCHEME), _OPTIONS)
    if not place:
        raise UnknownEncoder(f"{name}：缺少文件夹或名称；请写成 st:<文件夹或模型库里的名称>")
    folder = Path(place).expanduser()
    # a hub name is owner/name; whatever looks like a path and is not there is a mistake, not a name
    if not folder.is_dir() and (place[0] in "./~" or place.count("/") != 1):
        raise ModelUnavailable(f"{name}：没有文件夹 {folder}；模型库里的名称应写成 所有者/模型")
    try:
        from indexer.encoders.st.encoder import opened
    except ImportError as error:
        raise ModelUnavailable(
            f"{name} 需要 sentence-transformers；请运行 pip install 'zhiku[st]'"
        ) from error
    return opened(name, str(folder) if folder.is_dir() else place, prompts, device)
