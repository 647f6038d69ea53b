#Requires -Version 4.0

<#
.SYNOPSIS
Lets hanvisa's service account read the calendars of the members of one group.

.DESCRIPTION
Run it in the Exchange Management Shell of Exchange Server 2016, 2019 or SE, as a member of Organization Management.
It makes, or finds made, and says which:

1. with -CreateAccount: the service account in Active Directory;
2. a management scope: the mailboxes that are direct members of the group;
3. an assignment of the role ApplicationImpersonation to the account, over that scope and nothing more;
4. with -Policy: a throttling policy of the account's own.

It may be run as often as you like: what is as it should be is left alone. Run it again after the group was moved or
renamed. It ends with what to write into hanvisa.toml. It reads no mailbox and changes none.

In a forest of several domains, run Set-ADServerSettings -ViewEntireForest $true first.

docs/exchange.md explains each step, how to check it and how to take it back.

.PARAMETER Account
The service account, as SORSELE\svc-hanvisa or svc-hanvisa@sorsele.se.

.PARAMETER Group
The group whose members' mailboxes are read: any name that Get-Group takes. It should be universal. Members of groups
within it do not count.

.PARAMETER Name
What scope, assignment and policy are called. Give each service account a name of its own.

.PARAMETER CreateAccount
Create the account in Active Directory if it is not there. The password is asked for. Needs the module ActiveDirectory.

.PARAMETER AccountPath
The organizational unit of the new account, as a distinguished name. Without it: where new users are put by default.

.PARAMETER Policy
Give the account a throttling policy of its own. It is needed where your default policy allows fewer connections than
hanvisa's concurrency (8), or where Exchange often answers ErrorServerBusy.

.PARAMETER MaxConcurrency
With -Policy: how many EWS connections the account may have at a time. 27 is Exchange's own default.

.EXAMPLE
.\exchange.ps1 -Account SORSELE\svc-hanvisa -Group hanvisa-calendars -WhatIf

Says what it would do, and does nothing.

.EXAMPLE
.\exchange.ps1 -Account SORSELE\svc-hanvisa -Group hanvisa-calendars -CreateAccount -Policy

.LINK
https://learn.microsoft.com/en-us/exchange/client-developer/exchange-web-services/how-to-configure-impersonation
#>
[CmdletBinding(SupportsShouldProcess = $true)]
param(
    [Parameter(Mandatory = $true)]
    [ValidatePattern('^([^\\@]+\\[^\\@]+|[^\\@]+@[^\\@]+)$')]
    [string] $Account,

    [Parameter(Mandatory = $true)]
    [ValidateNotNullOrEmpty()]
    [string] $Group,

    [ValidateLength(1, 64)]
    [string] $Name = 'hanvisa',

    [switch] $CreateAccount,

    [string] $AccountPath,

    [switch] $Policy,

    [ValidateRange(1, 1000)]
    [int] $MaxConcurrency = 27
)

$ErrorActionPreference = 'Stop'
$Role = 'ApplicationImpersonation'
if ($Account.Contains('@')) {
    $Short, $Domain = $Account.Split('@')
}
else {
    $Domain, $Short = $Account.Split('\')
}

# Exchange's commands come from another session and do not see this script's preferences: -WhatIf is asked for here,
# and each command is told to stop where it fails.
function Invoke-Step([string] $Target, [string] $Action, [scriptblock] $Work) {
    if ($PSCmdlet.ShouldProcess($Target, $Action)) {
        & $Work | Out-Null
        Write-Host "done: $Action ($Target)"
    }
}

function Write-Found([string] $What) {
    Write-Host "already done: $What"
}

# A value in an OPATH filter stands between single quotes; those within it are doubled.
function Get-Quoted([string] $Value) {
    return "'" + $Value.Replace("'", "''") + "'"
}

# Exchange may write a filter with other spaces, brackets and quotation marks than it was given.
function Get-Plain([string] $Filter) {
    return ($Filter -replace '[\s{}()]', '').Replace('"', "'").ToLowerInvariant()
}

# Whoever calls a function that finds things wraps it in @(): what it finds may be none, one or several.
function Get-Account {
    if ($Account.Contains('@')) {
        $filter = 'UserPrincipalName -eq ' + (Get-Quoted $Account)
    }
    else {
        $filter = 'SamAccountName -eq ' + (Get-Quoted $Short)
    }
    Get-User -Filter $filter -ErrorAction Stop
}

function New-Account {
    Import-Module ActiveDirectory -ErrorAction Stop
    $upn = $Account
    if (-not $Account.Contains('@')) {
        $upn = $Short + '@' + (Get-ADDomain -Identity $Domain -ErrorAction Stop).DNSRoot
    }
    $properties = @{
        Name                 = $Short
        SamAccountName       = $Short
        UserPrincipalName    = $upn
        Description          = 'Reads calendars for the switchboard (hanvisa). No interactive logon.'
        AccountPassword      = Read-Host -AsSecureString -Prompt "A long password for $Account"
        Enabled              = $true
        PasswordNeverExpires = $true
        CannotChangePassword = $true
    }
    if ($AccountPath) {
        $properties['Path'] = $AccountPath
    }
    New-ADUser @properties -ErrorAction Stop
}

function Set-Account {
    $found = @(Get-Account)
    if ($found.Count -gt 1) {
        throw "there are $($found.Count) accounts of that name; give -Account as name@domain"
    }
    if ($found.Count -eq 1) {
        Write-Found "the account $Account"
        return
    }
    if (-not $CreateAccount) {
        throw "Exchange knows no account $Account; create it first, or add -CreateAccount"
    }
    Invoke-Step $Account 'create the account' { New-Account }
    if (-not $WhatIfPreference -and @(Get-Account).Count -eq 0) {
        throw "the account $Account is created, but Exchange does not see it yet; run this again in some minutes"
    }
}

function Get-Members([string] $Filter, [string[]] $Type) {
    Get-Recipient -Filter $Filter -RecipientType $Type -ResultSize Unlimited -ErrorAction Stop
}

function Get-GroupFilter {
    $found = Get-Group -Identity $Group -ErrorAction Stop
    if ("$($found.GroupType)" -notmatch 'Universal') {
        Write-Warning "$Group is not a universal group: its members of other domains may not count"
    }
    $filter = 'MemberOfGroup -eq ' + (Get-Quoted $found.DistinguishedName)
    $count = @(Get-Members $filter 'UserMailbox').Count
    Write-Host "found: $count mailboxes are direct members of $Group"
    if ($count -eq 0) {
        Write-Warning "nobody's calendar can be read before $Group has members"
    }
    $kinds = 'MailUniversalSecurityGroup', 'MailUniversalDistributionGroup', 'MailNonUniversalGroup'
    $groups = @(Get-Members $filter $kinds)
    if ($groups.Count -gt 0) {
        Write-Warning "$($groups.Count) members of $Group are groups: their members do not count"
    }
    return $filter
}

function Set-Scope([string] $Filter) {
    $found = Get-ManagementScope -ErrorAction Stop | Where-Object { $_.Name -eq $Name }
    if (-not $found) {
        Invoke-Step $Name "create the management scope $Filter" {
            New-ManagementScope -Name $Name -RecipientRestrictionFilter $Filter -ErrorAction Stop
        }
    }
    elseif ("$($found.ScopeRestrictionType)" -ne 'RecipientScope' -or "$($found.Exclusive)" -eq 'True') {
        throw "the management scope $Name is of another kind; give another -Name"
    }
    elseif ((Get-Plain "$($found.RecipientFilter)") -eq (Get-Plain $Filter)) {
        Write-Found "the management scope $Name"
    }
    else {
        Invoke-Step $Name "change the management scope from $($found.RecipientFilter) to $Filter" {
            Set-ManagementScope -Identity $Name -RecipientRestrictionFilter $Filter -ErrorAction Stop
        }
    }
}

function Get-Assignments {
    # With -WhatIf the account may not be there yet.
    if (@(Get-Account).Count -eq 1) {
        Get-ManagementRoleAssignment -RoleAssignee $Account -Role $Role -Delegating $false -ErrorAction Stop
    }
}

function Set-Assignment {
    $all = @(Get-Assignments)
    $ours = $all | Where-Object { $_.Name -eq $Name }
    if (-not $ours) {
        Invoke-Step $Account "assign the role $Role over the scope $Name" {
            New-ManagementRoleAssignment -Name $Name -Role $Role -User $Account -CustomRecipientWriteScope $Name `
                -ErrorAction Stop
        }
    }
    elseif ("$($ours.CustomRecipientWriteScope)" -eq $Name -and "$($ours.Enabled)" -eq 'True') {
        Write-Found "the role $Role over the scope $Name"
    }
    else {
        Invoke-Step $Account "put the role $Role over the scope $Name, and enable it" {
            Set-ManagementRoleAssignment -Identity $Name -CustomRecipientWriteScope $Name -Enabled $true `
                -ErrorAction Stop
        }
    }
    foreach ($other in ($all | Where-Object { $_.Name -ne $Name })) {
        Write-Warning ("$Account may impersonate by '$($other.Name)' too, over '$($other.CustomRecipientWriteScope)' " +
            "(empty: everybody); if nobody needs that: Remove-ManagementRoleAssignment '$($other.Name)'")
    }
}

function Set-Policy {
    $found = Get-ThrottlingPolicy -ErrorAction Stop | Where-Object { $_.Name -eq $Name }
    if (-not $found) {
        Invoke-Step $Name "create a throttling policy with EwsMaxConcurrency $MaxConcurrency" {
            New-ThrottlingPolicy -Name $Name -ThrottlingPolicyScope Regular -EwsMaxConcurrency $MaxConcurrency `
                -ErrorAction Stop
        }
    }
    elseif ("$($found.EwsMaxConcurrency)" -eq "$MaxConcurrency") {
        Write-Found "the throttling policy $Name"
    }
    else {
        Invoke-Step $Name "change EwsMaxConcurrency from $($found.EwsMaxConcurrency) to $MaxConcurrency" {
            Set-ThrottlingPolicy -Identity $Name -EwsMaxConcurrency $MaxConcurrency -ErrorAction Stop
        }
    }
}

function Set-Association {
    $held = ''
    if (@(Get-Account).Count -eq 1) {
        $held = "$((Get-ThrottlingPolicyAssociation -Identity $Account -ErrorAction Stop).ThrottlingPolicyId)"
    }
    if ($held -match ('(^|[\\/])' + [regex]::Escape($Name) + '$')) {
        Write-Found "$Account has the throttling policy $Name"
        return
    }
    Invoke-Step $Account "give the account the throttling policy $Name" {
        Set-ThrottlingPolicyAssociation -Identity $Account -ThrottlingPolicy $Name -ErrorAction Stop
    }
}

function Write-Configuration {
    $addresses = @(Get-WebServicesVirtualDirectory -ADPropertiesOnly -ErrorAction Stop |
            ForEach-Object { "$($_.InternalUrl)" } | Where-Object { $_ } | Sort-Object -Unique)
    $place = $Domain.Split('.')[0].ToLowerInvariant()
    $user = $Account.Replace('\', '\\')
    Write-Host ''
    Write-Host 'Write into hanvisa.toml, below [[tenants]]:'
    Write-Host ''
    Write-Host '[[tenants.sources]]'
    Write-Host 'kind = "ews"'
    foreach ($address in ($addresses | Select-Object -First 1)) {
        Write-Host ('endpoint = "{0}"' -f $address)
    }
    foreach ($address in ($addresses | Select-Object -Skip 1)) {
        Write-Host ('# endpoint = "{0}"    # another one: take the name that your clients use' -f $address)
    }
    Write-Host ('user = "{0}"' -f $user)
    Write-Host ('secret = "{0}-ews"    # the file in secrets_dir that holds the password' -f $place)
    Write-Host 'access = "impersonation"'
}

if (-not (Get-Command New-ManagementScope -ErrorAction SilentlyContinue)) {
    throw 'run this in the Exchange Management Shell, as a member of Organization Management'
}
Set-Account
$groupFilter = Get-GroupFilter
Set-Scope $groupFilter
Set-Assignment
if ($Policy) {
    Set-Policy
    Set-Association
}
Write-Configuration
