#Requires -Version 4.0
#Requires -Modules ActiveDirectory

<#
.SYNOPSIS
Writes hanvisa's directory, a CSV file, out of Active Directory.

.DESCRIPTION
A line for each person of a group, or below an organizational unit: mailbox, name, extensions, department, alternative.
Whoever has no mail address or no extension is left out and told. Disabled accounts are left out.

The file is written under another name and put in place when it is whole, sorted by mailbox, as UTF-8. Where nobody
would be in it, nothing is written and the old file stays. Run it as a scheduled task as often as you like: hanvisa
sees the new file in its next cycle.

It reads Active Directory only. Any account of the domain may run it.

.PARAMETER Group
The group whose direct members are written: the one that deploy/exchange.ps1 was given. Any name that Get-ADGroup takes.

.PARAMETER SearchBase
Instead of a group: the organizational unit, as a distinguished name. Those below it count too.

.PARAMETER Path
The file to write.

.PARAMETER ExtensionAttribute
The attribute with the extension, by its LDAP name: telephoneNumber, ipPhone, otherTelephone, extensionAttribute1, ...
Where it holds several values, all of them are extensions.

.PARAMETER Digits
How many of its last digits are the extension: 0952-140 11 with 4 is 4011. 0: all of them.

.PARAMETER Mobile
Write the attribute mobile as a mobile extension too (oe:0701740605).

.PARAMETER AlternativeAttribute
The attribute that says who takes the calls as a rule, such as 4712 or >4711. Without it that column is empty.

.PARAMETER Server
The domain controller or domain to ask. Without it: the machine's own.

.EXAMPLE
.\directory.ps1 -Group hanvisa-calendars -Path \\linux01\hanvisa\sorsele.csv -Mobile

.EXAMPLE
.\directory.ps1 -SearchBase 'OU=Personal,DC=sorsele,DC=se' -Path .\sorsele.csv -ExtensionAttribute ipPhone -Digits 0

.LINK
https://learn.microsoft.com/powershell/module/activedirectory/get-aduser
#>
[CmdletBinding(SupportsShouldProcess = $true, DefaultParameterSetName = 'Group')]
param(
    [Parameter(Mandatory = $true, ParameterSetName = 'Group')]
    [ValidateNotNullOrEmpty()]
    [string] $Group,

    [Parameter(Mandatory = $true, ParameterSetName = 'SearchBase')]
    [ValidateNotNullOrEmpty()]
    [string] $SearchBase,

    [Parameter(Mandatory = $true)]
    [ValidateNotNullOrEmpty()]
    [string] $Path,

    [ValidateNotNullOrEmpty()]
    [string] $ExtensionAttribute = 'telephoneNumber',

    [ValidateRange(0, 15)]
    [int] $Digits = 4,

    [switch] $Mobile,

    [string] $AlternativeAttribute,

    [string] $Server
)

$ErrorActionPreference = 'Stop'
$Enabled = '(!(userAccountControl:1.2.840.113556.1.4.803:=2))'

# https://learn.microsoft.com/en-us/windows/win32/adsi/search-filter-syntax
function Get-Escaped([string] $Value) {
    return $Value.Replace('\', '\5c').Replace('*', '\2a').Replace('(', '\28').Replace(')', '\29')
}

# memberOf, as the scope in Exchange, and not Get-ADGroupMember, which gives up at 5,000 members.
function Get-People {
    $where = @{}
    if ($Server) {
        $where['Server'] = $Server
    }
    $filter = "(objectCategory=person)(objectClass=user)$Enabled"
    if ($Group) {
        $name = (Get-ADGroup -Identity $Group @where).DistinguishedName
        $filter += '(memberOf=' + (Get-Escaped $name) + ')'
    }
    else {
        $where['SearchBase'] = $SearchBase
    }
    $attributes = @('mail', 'displayName', 'department', 'mobile', $ExtensionAttribute, $AlternativeAttribute)
    $attributes = @($attributes | Where-Object { $_ } | Select-Object -Unique)
    Get-ADUser -LDAPFilter "(&$filter)" -Properties $attributes @where
}

# The last digits; none where there are too few, or where they begin with 0: no extension does.
function Get-Extension([string] $Number) {
    $all = $Number -replace '[^0-9]', ''
    if ($Digits -gt 0) {
        if ($all.Length -lt $Digits) {
            return
        }
        $all = $all.Substring($all.Length - $Digits)
    }
    if ($all -match '^[1-9]') {
        $all
    }
}

function Get-MobileExtension([string] $Number) {
    $plain = $Number -replace '\(0\)', '' -replace '[^0-9+]', ''
    if ($plain -match '^(\+|0)[0-9]+$') {
        "oe:$plain"
    }
}

function Get-Extensions($Person) {
    foreach ($value in @($Person.$ExtensionAttribute)) {
        Get-Extension "$value"
    }
    if ($Mobile) {
        Get-MobileExtension "$($Person.mobile)"
    }
}

function Get-Line($Person) {
    $extensions = @(Get-Extensions $Person | Select-Object -Unique)
    $mailbox = "$($Person.mail)".Trim()
    if (-not $mailbox) {
        Write-Warning "left out: $($Person.SamAccountName) has no mail address"
        return
    }
    if ($extensions.Count -eq 0) {
        Write-Warning "left out: $mailbox has no extension in $ExtensionAttribute ('$($Person.$ExtensionAttribute)')"
        return
    }
    $alternative = ''
    if ($AlternativeAttribute) {
        $alternative = "$($Person.$AlternativeAttribute)".Trim()
    }
    [pscustomobject]@{
        mailbox     = $mailbox.ToLowerInvariant()
        name        = "$($Person.displayName)".Trim()
        extensions  = $extensions -join ' '
        department  = "$($Person.department)".Trim()
        alternative = $alternative
    }
}

# File.Replace wants a null for "no backup", and PowerShell makes an empty string of $null.
function Write-Whole([string] $File, [string] $Text) {
    $new = "$File.new"
    [System.IO.File]::WriteAllText($new, $Text, (New-Object System.Text.UTF8Encoding $false))
    if ([System.IO.File]::Exists($File)) {
        [System.IO.File]::Replace($new, $File, [System.Management.Automation.Language.NullString]::Value)
    }
    else {
        [System.IO.File]::Move($new, $File)
    }
}

$people = @(Get-People)
$lines = @($people | ForEach-Object { Get-Line $_ } | Sort-Object -Property mailbox)
if ($lines.Count -eq 0) {
    throw "nobody of $($people.Count) has both a mail address and an extension; $Path is left as it is"
}
$file = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Path)
$text = (@($lines | ConvertTo-Csv -NoTypeInformation) -join "`r`n") + "`r`n"
if ($PSCmdlet.ShouldProcess($file, "write $($lines.Count) people")) {
    Write-Whole $file $text
    Write-Host "written: $($lines.Count) people to $file, $($people.Count - $lines.Count) left out"
}
