"""Folders: how a request names them, and GetFolder.

Sources: https://learn.microsoft.com/en-us/exchange/client-developer/web-service-reference/getfolder-operation,
.../distinguishedfolderid and .../folderid.
"""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree.ElementTree import Element

from tests.exchange.item import folder_id, read_id
from tests.exchange.mailbox import Mailbox
from tests.exchange.organisation import OWNER, Organisation
from tests.exchange.soap import Refusal, Request, failure, local_name, response, success, t, text_of

# Distinguished folders with their class and display name.
_FOLDERS = {
    "root": ("", "Root"),
    "msgfolderroot": ("", "Top of Information Store"),
    "calendar": ("IPF.Appointment", "Calendar"),
    "inbox": ("IPF.Note", "Inbox"),
    "deleteditems": ("IPF.Note", "Deleted Items"),
    "sentitems": ("IPF.Note", "Sent Items"),
    "drafts": ("IPF.Note", "Drafts"),
    "contacts": ("IPF.Contact", "Contacts"),
}


@dataclass(frozen=True)
class Folder:
    """A folder of a mailbox, opened with a right."""

    mailbox: Mailbox
    name: str
    right: str


def address_in(element: Element, acting: str) -> str:
    """Whose folder a FolderId or DistinguishedFolderId is; the one acting where it names nobody."""
    parts = read_id(element.get("Id", ""))
    if local_name(element) == "FolderId" and parts:
        return parts[1]
    return text_of(element.find(f"{t('Mailbox')}/{t('EmailAddress')}"), acting).strip().lower()


def open_folder(organisation: Organisation, element: Element, acting: str) -> Folder:
    """The folder that an element names.

    Raises:
        Refusal: it cannot be opened, or is none of those that a mailbox has.
    """
    named = element.get("Id", "")
    if local_name(element) == "FolderId":
        parts = read_id(named)
        if parts is None or parts[0] != "folder":
            raise Refusal("ErrorInvalidIdMalformed", "Id is malformed.")
        named = parts[2]
    address = address_in(element, acting)
    if "@" not in address:
        text = (
            "When making a request as an account that does not have a mailbox, you must specify the mailbox primary "
            "SMTP address for any distinguished folder Ids."
        )
        raise Refusal("ErrorMissingEmailAddress", text)
    mailbox, right = organisation.opened(address, acting)
    if right != OWNER and named != "calendar":  # https://github.com/ecederstrand/exchangelib/issues/1282
        raise Refusal("ErrorAccessDenied", "Access is denied. Check credentials and try again.")
    if named not in _FOLDERS:
        raise Refusal("ErrorFolderNotFound", "The specified folder could not be found in the store.")
    return Folder(mailbox, named, right)


def get_folder(organisation: Organisation, request: Request, acting: str) -> bytes:
    """GetFolder: each folder with id, class, name and counts."""
    messages = []
    for element in request.element[1]:
        try:
            messages.append(success("GetFolder", _folders_xml(open_folder(organisation, element, acting))))
        except Refusal as refusal:
            messages.append(failure("GetFolder", refusal))
    return response("GetFolder", messages)


def _folders_xml(folder: Folder) -> str:
    folder_class, name = _FOLDERS[folder.name]
    element = {"calendar": "CalendarFolder", "contacts": "ContactsFolder"}.get(folder.name, "Folder")
    parent = folder_id(folder.mailbox.address, "root" if folder.name == "msgfolderroot" else "msgfolderroot")
    return (
        f'<m:Folders><t:{element}><t:FolderId Id="{folder_id(folder.mailbox.address, folder.name)}" '
        f'ChangeKey="AQAAAA=="/><t:ParentFolderId Id="{parent}" ChangeKey="AQAAAA=="/>'
        f"<t:FolderClass>{folder_class}</t:FolderClass><t:DisplayName>{name}</t:DisplayName>"
        f"<t:TotalCount>{len(folder.mailbox.items()) if folder.name == 'calendar' else 0}</t:TotalCount>"
        f"<t:ChildFolderCount>0</t:ChildFolderCount></t:{element}></m:Folders>"
    )
