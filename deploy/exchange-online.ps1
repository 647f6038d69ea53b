#Requires -Version 7.0
#Requires -Modules Microsoft.Graph.Authentication, Microsoft.Graph.Applications

<#
.SYNOPSIS
Lets hanvisa read calendars in Exchange Online: of the members of one group, or of everybody.

.DESCRIPTION
Run it in PowerShell 7, anywhere. It signs you in to Entra and, with -Group, to Exchange Online, says as whom and in which
tenant, and signs you out at the end. If it stops, wait a minute and run it again. It makes, or finds made,
and says which:

1. an application in Entra, in your tenant only, and its service principal;
2. with -Certificate: the certificate by which it signs in, beside those that are there;
3. with -Group: a management scope in Exchange Online, the mailboxes that are direct members of the group, and an
   assignment of the role "Application Calendars.Read" to the application, over that scope and nothing more;
   with -AllMailboxes: the permission Calendars.ReadBasic.All, with your consent, over every mailbox of the tenant.

Then it proves what the application may do: with -Inside that this mailbox can be read, with -Outside that this one cannot,
and that no other right goes further. It ends with what to type on the Linux machine.

It may be run as often as you like: what is as it should be is left alone. Run it again after the group was renamed.
It reads no mailbox and changes none. It makes no secret, and takes nothing away: of what is too much it warns.

docs/exchange-online.md explains each step, how to do it by hand and how to take it back.

.PARAMETER Group
The mail-enabled group whose members' mailboxes are read: any name that Get-Group takes. Members of groups within it do
not count. You need to be a member of Organization Management (an Exchange Administrator is).

.PARAMETER AllMailboxes
No group: every mailbox of the tenant, without bodies, attachments and extensions. You need to be a Privileged Role
Administrator or a Global Administrator.

.PARAMETER Name
What the application is called. Scope and assignment in Exchange Online are NAME-online: those that exchange.ps1 makes on
site are called hanvisa, and a line to remove them, typed in the wrong window, is not to take these away.

.PARAMETER Certificate
The file of the certificate, without its private key: hanvisa.cer, as the page makes it. Without it none is registered.

.PARAMETER Inside
An address whose mailbox is to be read. Only with -Group.

.PARAMETER Outside
An address whose mailbox is not to be read. Only with -Group.

.PARAMETER TenantId
The tenant, where your account knows several.

.EXAMPLE
.\exchange-online.ps1 -Group hanvisa-calendars -Certificate .\hanvisa.cer -WhatIf

Says what it would do, and does nothing.

.EXAMPLE
.\exchange-online.ps1 -Group hanvisa-calendars -Certificate .\hanvisa.cer -Inside anna.ek@sorsele.se -Outside bo.oberg@sorsele.se

.LINK
https://learn.microsoft.com/en-us/exchange/permissions-exo/application-rbac
#>
[CmdletBinding(SupportsShouldProcess = $true, DefaultParameterSetName = 'Scope')]
param(
    [Parameter(Mandatory = $true, ParameterSetName = 'Scope')]
    [ValidateNotNullOrEmpty()]
    [string] $Group,

    [Parameter(Mandatory = $true, ParameterSetName = 'Everybody')]
    [switch] $AllMailboxes,

    [ValidateLength(1, 57)]
    [string] $Name = 'hanvisa',

    [ValidateScript({ Test-Path -LiteralPath $_ -PathType Leaf })]
    [string] $Certificate,

    [Parameter(ParameterSetName = 'Scope')]
    [string] $Inside,

    [Parameter(ParameterSetName = 'Scope')]
    [string] $Outside,

    [string] $TenantId
)

$ErrorActionPreference = 'Stop'

# There is no role "Application Calendars.ReadBasic":
# https://learn.microsoft.com/en-us/exchange/permissions-exo/application-rbac#supported-application-roles
$Role = 'Application Calendars.Read'
# https://learn.microsoft.com/en-us/graph/permissions-reference#calendarsreadbasicall
$Permission = 'Calendars.ReadBasic.All'
# Microsoft Graph has this id in every tenant.
$GraphAppId = '00000003-0000-0000-c000-000000000000'

# Other than on site, lest the wrong one is removed.
$NameInExchange = "$Name-online"

# Exchange's commands come from a module of their own and do not see this script's preferences: -WhatIf is asked for
# here, and each command is told to stop where it fails.
function Invoke-Step([string] $Target, [string] $Action, [scriptblock] $Work) {
    if ($PSCmdlet.ShouldProcess($Target, $Action)) {
        & $Work | Out-Null
        Write-Host "done: $Action ($Target)"
    }
}

function Write-Found([string] $What) {
    Write-Host "already done: $What"
}

# A value in a filter stands between single quotes; those within it are doubled.
function Get-Quoted([string] $Value) {
    return "'" + $Value.Replace("'", "''") + "'"
}

# Exchange may write a filter with other spaces, brackets and quotation marks than it was given.
function Get-Plain([string] $Filter) {
    return ($Filter -replace '[\s{}()]', '').Replace('"', "'").ToLowerInvariant()
}

function Connect-Cloud {
    $scopes = @('Application.ReadWrite.All')
    if ($AllMailboxes) {
        $scopes += 'AppRoleAssignment.ReadWrite.All'
    }
    $where = @{}
    if ($TenantId) {
        $where['TenantId'] = $TenantId
    }
    # https://learn.microsoft.com/en-us/powershell/module/microsoft.graph.authentication/connect-mggraph
    Connect-MgGraph -Scopes $scopes -NoWelcome @where -ErrorAction Stop
    if ($Group) {
        # https://learn.microsoft.com/en-us/powershell/module/exchangepowershell/connect-exchangeonline
        Import-Module ExchangeOnlineManagement -ErrorAction Stop
        Connect-ExchangeOnline -ShowBanner:$false -ErrorAction Stop
    }
}

# Who changes what, before anything is changed.
function Write-Who {
    $graph = Get-MgContext
    Write-Host "signed in to Entra: $($graph.Account), tenant $($graph.TenantId)"
    if ($Group) {
        # https://learn.microsoft.com/en-us/powershell/module/exchangepowershell/get-connectioninformation
        $exchange = Get-ConnectionInformation | Where-Object { "$($_.State)" -eq 'Connected' } | Select-Object -Last 1
        Write-Host "signed in to Exchange Online: $($exchange.UserPrincipalName), tenant $($exchange.TenantID)"
        if ($exchange.TenantID -and "$($exchange.TenantID)" -ne "$($graph.TenantId)") {
            throw 'these are two tenants: Disconnect-MgGraph, Disconnect-ExchangeOnline, and run this again'
        }
    }
}

# What Entra has just made Exchange Online finds after a while.
function Invoke-Patiently([scriptblock] $Attempt) {
    foreach ($try in 1..12) {
        try {
            return & $Attempt
        }
        catch {
            if ($try -eq 12) {
                throw
            }
            Write-Host "waiting for Exchange Online to know it: $($_.Exception.Message)"
            Start-Sleep -Seconds 10
        }
    }
}

# No session with such rights is left open.
function Disconnect-Cloud {
    Disconnect-MgGraph -ErrorAction SilentlyContinue | Out-Null
    if ($Group -and (Get-Command Disconnect-ExchangeOnline -ErrorAction SilentlyContinue)) {
        Disconnect-ExchangeOnline -Confirm:$false -ErrorAction SilentlyContinue
    }
    Write-Host 'signed out'
}

# What was made just now Entra shows after some seconds. With -WhatIf nothing was made.
function Wait-Until([scriptblock] $Find) {
    foreach ($try in 1..12) {
        $found = & $Find
        if ($found -or $WhatIfPreference) {
            return $found
        }
        Start-Sleep -Seconds 5
    }
}

# None, one or an error: names are not unique in Entra.
function Get-Application {
    # https://learn.microsoft.com/en-us/powershell/module/microsoft.graph.applications/get-mgapplication
    $found = @(Get-MgApplication -Filter "displayName eq $(Get-Quoted $Name)" -All -ErrorAction Stop)
    if ($found.Count -gt 1) {
        throw "there are $($found.Count) applications called $Name; give another -Name"
    }
    return $found | Select-Object -First 1
}

function Set-Application {
    $found = Get-Application
    if ($found) {
        Write-Found "the application $Name"
        if ($found.SignInAudience -ne 'AzureADMyOrg') {
            Write-Warning "$Name is for other tenants too ($($found.SignInAudience)); set it to this organization only"
        }
    }
    else {
        # https://learn.microsoft.com/en-us/powershell/module/microsoft.graph.applications/new-mgapplication
        Invoke-Step $Name 'register the application' {
            New-MgApplication -DisplayName $Name -SignInAudience AzureADMyOrg -ErrorAction Stop
        }
    }
}

function Get-Principal($Application) {
    if ($Application) {
        # https://learn.microsoft.com/en-us/powershell/module/microsoft.graph.applications/get-mgserviceprincipal
        Get-MgServicePrincipal -Filter "appId eq '$($Application.AppId)'" -ErrorAction Stop | Select-Object -First 1
    }
}

function Set-Principal($Application) {
    if (Get-Principal $Application) {
        Write-Found 'its service principal'
        return
    }
    # https://learn.microsoft.com/en-us/powershell/module/microsoft.graph.applications/new-mgserviceprincipal
    Invoke-Step $Name 'create its service principal (an enterprise application)' {
        New-MgServicePrincipal -AppId $Application.AppId -ErrorAction Stop
    }
}

# What is written replaces the whole list, so that what is there is written again; its keys are given only where they
# are asked for: https://learn.microsoft.com/en-us/graph/api/resources/keycredential
function Set-Certificate($Application) {
    $file = (Resolve-Path -LiteralPath $Certificate).ProviderPath
    $new = [Security.Cryptography.X509Certificates.X509Certificate2]::new($file)
    if ($new.HasPrivateKey) {
        throw "$Certificate has the private key in it, which is nobody's business here: give the certificate alone"
    }
    $until = $new.NotAfter.ToString('yyyy-MM-dd')
    Write-Host "found: a certificate with the thumbprint $($new.Thumbprint), until $until"
    if ($new.NotAfter -lt (Get-Date)) {
        throw "$Certificate has run out"
    }
    $held = @()
    if ($Application) {
        $whole = Get-MgApplication -ApplicationId $Application.Id -Property 'Id', 'KeyCredentials' -ErrorAction Stop
        $held = @($whole.KeyCredentials | Where-Object { $_ })
    }
    $wanted = [Convert]::ToBase64String($new.RawData)
    if ($held | Where-Object { $_.Key -and [Convert]::ToBase64String($_.Key) -eq $wanted }) {
        Write-Found 'the certificate is registered'
        return
    }
    $added = @{ Type = 'AsymmetricX509Cert'; Usage = 'Verify'; Key = $new.RawData; DisplayName = $new.Subject }
    $all = @($held) + $added
    # https://learn.microsoft.com/en-us/graph/applications-how-to-add-certificate
    Invoke-Step $Name "register the certificate beside $($held.Count) that are there" {
        Update-MgApplication -ApplicationId $Application.Id -KeyCredentials $all -ErrorAction Stop
    }
}

function Get-GroupFilter {
    $found = Get-Group -Identity $Group -ErrorAction Stop
    $filter = 'MemberOfGroup -eq ' + (Get-Quoted $found.DistinguishedName)
    $count = @(Get-Recipient -Filter $filter -RecipientType UserMailbox -ResultSize Unlimited -ErrorAction Stop).Count
    Write-Host "found: $count mailboxes are direct members of $Group"
    if ($count -eq 0) {
        Write-Warning "nobody's calendar can be read before $Group has members"
    }
    return $filter
}

# Exchange's own pointer to the service principal, which wants the Object ID of the enterprise application:
# https://learn.microsoft.com/en-us/powershell/module/exchangepowershell/new-serviceprincipal
function Set-Pointer($Principal) {
    $found = $null
    if ($Principal) {
        $found = Get-ServicePrincipal -ErrorAction Stop | Where-Object { "$($_.AppId)" -eq $Principal.AppId }
    }
    if (-not $found) {
        Invoke-Step $Name 'make the service principal known to Exchange Online' {
            Invoke-Patiently {
                New-ServicePrincipal -AppId $Principal.AppId -ObjectId $Principal.Id -DisplayName $Name -ErrorAction Stop
            }
        }
    }
    elseif ("$($found.ObjectId)" -ne $Principal.Id) {
        throw ("Exchange Online knows the application by another Object ID, $($found.ObjectId): " +
            'Remove-ServicePrincipal it, and run this again')
    }
    else {
        Write-Found 'Exchange Online knows the service principal'
    }
}

# https://learn.microsoft.com/en-us/powershell/module/exchangepowershell/new-managementscope
function Set-Scope([string] $Filter) {
    $found = Get-ManagementScope -ErrorAction Stop | Where-Object { $_.Name -eq $NameInExchange }
    if (-not $found) {
        Invoke-Step $NameInExchange "create the management scope $Filter" {
            New-ManagementScope -Name $NameInExchange -RecipientRestrictionFilter $Filter -ErrorAction Stop
        }
    }
    elseif ("$($found.ScopeRestrictionType)" -ne 'RecipientScope' -or "$($found.Exclusive)" -eq 'True') {
        throw "the management scope $NameInExchange is of another kind; give another -Name"
    }
    elseif ((Get-Plain "$($found.RecipientFilter)") -eq (Get-Plain $Filter)) {
        Write-Found "the management scope $NameInExchange"
    }
    else {
        Invoke-Step $NameInExchange "change the management scope from $($found.RecipientFilter) to $Filter" {
            Set-ManagementScope -Identity $NameInExchange -RecipientRestrictionFilter $Filter -ErrorAction Stop
        }
    }
}

# https://learn.microsoft.com/en-us/powershell/module/exchangepowershell/new-managementroleassignment
function Set-Assignment($Principal) {
    $ours = Get-ManagementRoleAssignment -ErrorAction Stop | Where-Object { $_.Name -eq $NameInExchange }
    if (-not $ours) {
        Invoke-Step $NameInExchange "assign the role $Role over the scope $NameInExchange" {
            Invoke-Patiently {
                New-ManagementRoleAssignment -Name $NameInExchange -Role $Role -App $Principal.Id `
                    -CustomResourceScope $NameInExchange -ErrorAction Stop
            }
        }
    }
    elseif ("$($ours.Role)" -eq $Role -and
        @("$($ours.CustomResourceScope)", "$($ours.CustomRecipientWriteScope)") -contains $NameInExchange) {
        Write-Found "the role $Role over the scope $NameInExchange"
    }
    else {
        throw ("there is another role assignment $NameInExchange, of $($ours.Role): give another -Name, or " +
            "Remove-ManagementRoleAssignment '$NameInExchange' and run this again")
    }
}

# https://learn.microsoft.com/en-us/powershell/module/microsoft.graph.applications/get-mgserviceprincipalapproleassignment
function Get-Consents($Principal) {
    if ($Principal) {
        Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $Principal.Id -All -ErrorAction Stop
    }
}

function Get-GraphPrincipal {
    Get-MgServicePrincipal -Filter "appId eq '$GraphAppId'" -ErrorAction Stop | Select-Object -First 1
}

function Set-Consent($Principal) {
    $graph = Get-GraphPrincipal
    $wanted = $graph.AppRoles | Where-Object { $_.Value -eq $Permission }
    if (Get-Consents $Principal | Where-Object { $_.AppRoleId -eq $wanted.Id -and $_.ResourceId -eq $graph.Id }) {
        Write-Found "the permission $Permission"
        return
    }
    # https://learn.microsoft.com/en-us/powershell/module/microsoft.graph.applications/new-mgserviceprincipalapproleassignment
    Invoke-Step $Name "grant the permission $Permission over every mailbox of the tenant" {
        New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $Principal.Id -PrincipalId $Principal.Id `
            -ResourceId $graph.Id -AppRoleId $wanted.Id -ErrorAction Stop
    }
}

# A consent over the whole tenant and a scope are added up, so that the consent undoes the scope.
function Write-TooMuch($Principal) {
    $graph = Get-GraphPrincipal
    foreach ($consent in @(Get-Consents $Principal)) {
        $value = @($graph.AppRoles | Where-Object { $_.Id -eq $consent.AppRoleId }).Value
        if (-not $value) {
            $value = "$($consent.AppRoleId)"
        }
        if ($AllMailboxes -and $value -eq $Permission) {
            continue
        }
        $why = 'hanvisa does not need it'
        if ($Group -and "$value" -like 'Calendars.*') {
            $why = "over every mailbox of the tenant, which undoes the scope of $Group"
        }
        Write-Warning ("$Name has the permission $value of $($consent.ResourceDisplayName): $why. To take it back: " +
            "Remove-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $($Principal.Id) " +
            "-AppRoleAssignmentId $($consent.Id)")
    }
}

# https://learn.microsoft.com/en-us/powershell/module/exchangepowershell/test-serviceprincipalauthorization
function Test-Mailbox($Principal, [string] $Address, [bool] $Expected) {
    $rights = @(Test-ServicePrincipalAuthorization -Identity $Principal.AppId -Resource $Address -ErrorAction Stop)
    $can = @($rights | Where-Object { "$($_.InScope)" -eq 'True' }).Count -gt 0
    $told = "$Name may $(if ($can) { '' } else { 'not ' })read $Address"
    if ($can -eq $Expected) {
        Write-Host "as it should be: $told"
    }
    else {
        Write-Warning "not as it should be: $told"
    }
}

function Test-Rights($Principal) {
    foreach ($right in @(Test-ServicePrincipalAuthorization -Identity $Principal.AppId -ErrorAction Stop)) {
        Write-Host "found: $($right.RoleName) over $($right.AllowedResourceScope)"
        if ("$($right.RoleName)" -ne $Role -or "$($right.AllowedResourceScope)" -ne $NameInExchange) {
            Write-Warning "hanvisa does not need the role $($right.RoleName) over $($right.AllowedResourceScope)"
        }
    }
    if ($Inside) {
        Test-Mailbox $Principal $Inside $true
    }
    if ($Outside) {
        Test-Mailbox $Principal $Outside $false
    }
    Write-Host 'Graph goes by this after 30 minutes to 2 hours.'
}

function Write-Configuration($Application) {
    $directory = (Get-MgContext).TenantId
    Write-Host ''
    Write-Host 'Write into hanvisa.toml, below [[tenants]], or give both numbers to hanvisa init:'
    Write-Host ''
    Write-Host '[[tenants.sources]]'
    Write-Host 'kind = "graph"'
    Write-Host ('directory_id = "{0}"' -f $directory)
    if ($Application) {
        Write-Host ('client_id = "{0}"' -f $Application.AppId)
    }
    else {
        Write-Host '# client_id is known when the application is registered'
    }
    Write-Host 'certificate = "sorsele-graph.pem"    # the file in secrets_dir with the private key and the certificate'
}

try {
    Connect-Cloud
    Write-Who
    Set-Application
    $application = Wait-Until { Get-Application }
    if (-not $application -and -not $WhatIfPreference) {
        throw "the application $Name is registered, but Entra does not show it yet; run this again in a minute"
    }
    Set-Principal $application
    $principal = Wait-Until { Get-Principal $application }
    if (-not $principal -and -not $WhatIfPreference) {
        throw "the service principal of $Name is created, but Entra does not show it yet; run this again in a minute"
    }
    if ($Certificate) {
        Set-Certificate $application
    }
    if ($Group) {
        $groupFilter = Get-GroupFilter
        Set-Pointer $principal
        Set-Scope $groupFilter
        Set-Assignment $principal
    }
    else {
        Set-Consent $principal
    }
    if ($principal) {
        Write-TooMuch $principal
        if ($Group -and -not $WhatIfPreference) {
            Test-Rights $principal
        }
    }
    Write-Configuration $application
}
finally {
    Disconnect-Cloud
}
