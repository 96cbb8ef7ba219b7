/// Opposites, one group a line: the words left of `|` mean the contrary of the words right of it. Words on one side
/// count as alike when polarity is compared. Written by hand for this project.
extension Lexicon {
    /// All groups.
    static let antonymLines = antonymsOfActs + "\n" + antonymsOfKinds

    private static let antonymsOfActs = """
        enable activate | disable deactivate
        activate | deactivate inactivate
        enabled active | disabled inactive
        increase raise grow boost maximize | decrease reduce lower shrink cut minimize
        raise up | lower
        up | decrease reduce
        down | increase raise
        increasing rising growing | decreasing falling shrinking
        rise gain climb | fall drop decline
        gain | lose
        before | after
        before prior earlier sooner | later afterwards subsequent
        early | late
        earliest | latest
        import | export
        importing importer | exporting exporter
        buy purchase buying purchasing | sell selling
        buyer purchaser | seller
        buy purchase | sale
        bought purchased | sold
        lend | borrow
        lender | borrower
        lent | borrowed
        upgrade | downgrade
        open opened | close closed shut
        opening | closing
        max maximum most highest | min minimum least lowest
        maximal | minimal
        first initial | last final
        oldest earliest | newest latest youngest
        old older | new newer
        old elder older | young younger
        arrive arrival arriving land landing | depart departure departing leave leaving takeoff
        arrive | leave
        debit | credit
        big large huge bigger larger great greater | small little tiny smaller lesser
        biggest largest greatest | smallest littlest tiniest least
        long longer | short shorter
        longest | shortest
        tall taller high higher | short shorter low lower
        tallest highest | shortest lowest
        more greater | less fewer
        most | least fewest
        more | fewer
        above over | below under beneath
        over | under
        up upward upwards upstairs | down downward downwards downstairs
        fast faster quick quicker rapid | slow slower
        fastest quickest | slowest
        quickly rapidly | slowly
        hot hotter warm warmer | cold colder cool cooler
        hottest warmest | coldest coolest
        heat warm | cool chill
        good great well | bad poor evil terrible awful
        better | worse
        best | worst
        right correct true accurate | wrong incorrect false inaccurate
        true | untrue false untruthful
        right rightmost | left leftmost
        inside inner internal indoor | outside outer external outdoor
        indoors | outdoors
        in | out
        into | out
        on | off
        start begin commence | stop end finish quit
        starting beginning | ending finishing
        start startup boot | shutdown stop
        begins starts | ends finishes stops
        started began | ended stopped finished
        beginning start | end ending
        add append insert | remove delete subtract drop
        addition | subtraction removal
        create make build | delete destroy remove
        created | deleted destroyed
        install | uninstall
        installed | uninstalled
        load | unload
        lock | unlock
        locked | unlocked
        block | unblock
        blocked | unblocked
        subscribe | unsubscribe
        follow | unfollow
        like | dislike hate
        love | hate
        mute | unmute
        pin | unpin
        link connect attach | unlink disconnect detach
        connected attached | disconnected detached
        connect | disconnect
        pack | unpack
        zip compress | unzip decompress extract
        compress | decompress
        encrypt | decrypt
        encryption | decryption
        encode | decode
        encoder | decoder
        encoding | decoding
        serialize | deserialize
        allow permit let | deny forbid prohibit ban block prevent
        allowed permitted legal | forbidden prohibited banned illegal
        accept approve | reject refuse deny decline disapprove
        accepted approved | rejected refused denied declined
        include | exclude
        including | excluding except
        inclusive | exclusive
        with | without
        show display reveal unhide visible | hide conceal hidden invisible
        visible | invisible hidden
        expand | collapse
        push | pull
        upload | download
        during | after
        during | before
        send sent | receive received
        sender | receiver recipient
        give | take
        giver | taker
        win | lose
        won | lost
        winner | loser
        winning | losing
        find | lose
        save | delete discard
        keep retain kept keeping | discard discarded discarding
        unique distinct | duplicate duplicates
        save | spend
        saving | spending
        earn | spend
        income revenue earning | expense expenditure cost
        profit | loss
        profitable | unprofitable
        deposit | withdraw
        deposit | withdrawal
        paid | unpaid
        paid | free
        asset | liability
        rich wealthy | poor
        expensive costly | cheap inexpensive
        priciest expensive | cheapest
        hire employ | fire dismiss
        hired employed | fired unemployed
        employment | unemployment
        join enter | leave exit quit
        enter entering entry | exit exiting
        entrance | exit
        login logon signin | logout logoff signout
        positive | negative
        plus | minus
        multiply | divide
        multiplication | division
        sum | difference
        even | odd
        vertical | horizontal
        vertically | horizontally
        row | column
        rows | columns
        ascending | descending
        ascend | descend
        forward forwards | backward backwards
        front | back rear
        top | bottom
        upper | lower
        head | tail
        north northern | south southern
        east eastern | west western
        light lighter | dark darker
        light lightweight lighter | heavy heavier
        lightest | heaviest
        bright | dim dark
        day daytime | night nighttime
        morning | evening
        am | pm
        hard difficult tough | easy simple
        harder | easier
        hardest | easiest
        difficult | effortless
        hard | soft
        strong stronger | weak weaker
        strongest | weakest
        strength | weakness
        advantage pro benefit upside | disadvantage con drawback downside
        pros | cons
        advantages benefits pros | disadvantages drawbacks cons
        safe secure harmless | dangerous unsafe risky harmful insecure hazardous
        safe | unsafe
        secure | insecure
        healthy | unhealthy sick ill
        clean | dirty
        wet | dry
        full | empty
        full complete | partial incomplete
        complete finish | incomplete unfinished
        alive living | dead deceased
        live | die
        life | death
        born birth | died death
        male man boy men | female woman girl women
        man | woman
        boy | girl
        husband | wife
        father dad | mother mom
        brother | sister
        son | daughter
        uncle | aunt
        king | queen
        mr | mrs ms
        parent | child
        ancestor | descendant
        teacher | student
        doctor | patient
        employer | employee
        landlord | tenant
        host | guest
        client | server
        master | slave
        producer | consumer
        sell supply | demand
        supply | demand
        question | answer
        ask | answer
        cause | effect
        input | output
        read | write
        reader | writer
        reading | writing
        speak talk | listen
        speaking | listening
        source | destination target
        origin | destination
        sync | async asynchronous
        synchronous | asynchronous
        public | private
        local | remote
        local domestic national | foreign international
        online | offline
        wired | wireless
        manual | automatic automated
        manually | automatically
        static | dynamic
        mutable | immutable
        variable | constant
        optional | required mandatory compulsory
        optional voluntary | mandatory
        necessary needed | unnecessary
        temporary temporarily | permanent permanently
        short-term | long-term
        always | never
        all every everyone everybody everything | none nobody nothing
        everything | nothing
        everyone everybody | nobody
        everywhere | nowhere
        often frequently usually | rarely seldom
        frequent common | rare infrequent uncommon
        common usual normal ordinary | uncommon unusual abnormal rare
        same identical equal alike similar | different unequal distinct
        same | different
        similar | dissimilar
        similarity | difference
        agree | disagree
        agreement | disagreement
        appear | disappear
        appeared | disappeared
        honest truthful | dishonest untruthful
        trust | distrust mistrust
        obey | disobey
        satisfied | dissatisfied unsatisfied
        like similar | unlike
        likely probable | unlikely improbable
        able capable | unable incapable
        ability | inability
        possible | impossible
        possibility | impossibility
        legal lawful | illegal unlawful
        legally | illegally
        moral | immoral
        mature | immature
        patient | impatient
        perfect | imperfect flawed
        polite | rude impolite
        proper | improper
        pure | impure
        rational | irrational
        regular | irregular
        relevant | irrelevant
        responsible | irresponsible
        reversible | irreversible
        replaceable | irreplaceable
        logical | illogical
        literate | illiterate
        formal | informal
        direct | indirect
        directly | indirectly
        dependent | independent
        finite limited | infinite unlimited
        valid | invalid
        visible | invisible
        sane | insane
        sufficient enough adequate | insufficient inadequate
        effective | ineffective
        efficient | inefficient
        expected | unexpected
        fair just | unfair unjust
        happy glad cheerful | unhappy sad miserable
        happier | sadder
        happiness joy | sadness sorrow
        laugh | cry
        smile | frown
        optimist | pessimist
        optimistic | pessimistic
        hopeful | hopeless
        useful helpful | useless unhelpful
        careful | careless
        painful | painless
        harmful | harmless
        powerful | powerless
        meaningful | meaningless
        aware | unaware
        available | unavailable
        acceptable | unacceptable
        certain sure | uncertain unsure
        clear | unclear
        comfortable | uncomfortable
        conscious | unconscious
        familiar | unfamiliar strange
        """
}
